import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlDirectory } from './control-directory.ts';
import { type Hosts, openHosts } from './open-hosts.ts';
import { type LoopbackSshd, noSshdBecause, startLoopbackSshd } from './sshd.fixture.ts';

describe.skipIf(noSshdBecause !== undefined)(
  `hosts over a real sshd${noSshdBecause ? `: ${noSshdBecause}` : ''}`,
  () => {
    let sshd: LoopbackSshd;
    let hosts: Hosts;

    beforeAll(async () => {
      sshd = await startLoopbackSshd();
      hosts = openHosts(sshd.site);
    });
    afterAll(async () => {
      await hosts.close();
      await sshd.stop();
    });

    it('runs a script with its quotes, dollars and lines as they are', async () => {
      const script = `value="it's"; printf '%s\\n' "$value" '"$HOME"'\nexit 3`;
      expect(await hosts.get('alpha').run(script)).toEqual({ exitCode: 3, stdout: `it's\n"$HOME"\n`, stderr: '' });
    });

    it('sends standard input byte by byte', async () => {
      const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
      const result = await hosts.get('alpha').run('wc -c; echo warning >&2', { stdin: bytes });
      expect(result).toEqual({ exitCode: 0, stdout: '70000\n', stderr: 'warning\n' });
    });

    it('takes exit code 255 for the answer of the script, not of ssh', async () => {
      expect((await hosts.get('alpha').run('exit 255')).exitCode).toBe(255);
    });

    it('ends a script that takes too long, on the machine too', async () => {
      const mark = `${sshd.directory}/alive`;
      const slow = hosts.get('alpha').run(`sleep 1.5; sleep 2; touch ${mark}`, { timeoutMs: 300 });
      await expect(slow).rejects.toMatchObject({ code: 'HF-HOST-TIMEOUT', source: 'site' });
      await new Promise((resolve) => setTimeout(resolve, 4000));
      expect(existsSync(mark)).toBe(false);
    }, 10_000);

    it('gives up with the reason of the signal', async () => {
      const reason = new Error('enough');
      const abort = new AbortController();
      setTimeout(() => abort.abort(reason), 100);
      await expect(hosts.get('alpha').run('sleep 5', { signal: abort.signal })).rejects.toBe(reason);
    });

    it('yields lines as they come, and ends the script on the machine when the reader stops', async () => {
      const mark = `${sshd.directory}/follower`;
      const seen: string[] = [];
      const script = `echo $$ >${mark}; number=0; while :; do number=$((number+1)); echo line $number; sleep 0.05; done`;
      for await (const line of hosts.get('bravo').lines(script)) {
        seen.push(line);
        if (seen.length === 3) break;
      }
      expect(seen).toEqual(['line 1', 'line 2', 'line 3']);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(existsSync(`/proc/${readFileSync(mark, 'utf8').trim()}`)).toBe(false);
    });

    it('connects again after the connection broke', async () => {
      const again = openHosts(sshd.site);
      await again.get('alpha').run('true');
      const cut =
        'pid=$PPID; until grep -q sshd /proc/$pid/comm; do pid=$(ps -o ppid= -p $pid | tr -d " "); done; kill -9 $pid';
      await expect(again.get('alpha').run(`${cut}; sleep 1`)).rejects.toMatchObject({
        code: 'HF-HOST-CONNECTION-LOST',
      });
      expect((await again.get('alpha').run('echo back')).stdout).toBe('back\n');
      await again.close();
    });

    it('leaves no process and no control socket behind', async () => {
      const own = openHosts(sshd.site);
      await Promise.all(own.all.map((host) => host.run('true')));
      const socketsBefore = ownSockets();
      await own.close();
      await own.close();
      expect(ownSockets().length).toBeLessThan(socketsBefore.length);
      await hosts.close();
      expect(ownSockets()).toEqual([]);
      expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(
        `${controlDirectory()}/${process.pid}-`,
      );
    });

    it.each([
      ['the key is not accepted', ['IdentityFile %/stranger'], 'HF-HOST-AUTH'],
      ['the host key is not known', ['UserKnownHostsFile %/empty'], 'HF-HOST-KEY-UNKNOWN'],
      ['the host key is another one', ['UserKnownHostsFile %/changed'], 'HF-HOST-KEY-CHANGED'],
      ['nothing listens', ['Port 9'], 'HF-HOST-UNREACHABLE'],
      ['the name is not known', ['HostName no-such-machine.invalid'], 'HF-HOST-UNREACHABLE'],
      ['the configuration is wrong', ['NoSuchOption yes'], 'HF-HOST-SSH-CONFIG'],
    ])('says so, with the command to try by hand, when %s', async (_case, lines, code) => {
      writeFileSync(join(sshd.directory, 'empty'), '');
      const known = readFileSync(join(sshd.directory, 'known_hosts'), 'utf8').split(' ')[0];
      writeFileSync(
        join(sshd.directory, 'changed'),
        `${known} ${readFileSync(join(sshd.directory, 'stranger.pub'), 'utf8')}`,
      );
      const site = sshd.configure(lines.map((line) => line.replace('%', sshd.directory)));
      const broken = openHosts(site);
      try {
        await expect(broken.get('alpha').run('true')).rejects.toMatchObject({
          code,
          remedy: expect.stringContaining(`ssh -F ${site.ssh.configFile} alpha true`),
        });
      } finally {
        await broken.close();
        sshd.configure([]);
      }
    });

    it('works through sudo where the site says so', async () => {
      const [alpha, bravo] = sshd.site.nodes;
      sshd.install('sudo', '[ "$1" = -n ] || exit 1; shift; exec env VIA_SUDO=yes "$@"');
      const through = openHosts({ ...sshd.site, nodes: [{ ...alpha, sudo: true }, bravo] });
      const result = await through.get('alpha').run('echo "$VIA_SUDO"; cat', { stdin: "it's\n" });
      expect(result).toEqual({ exitCode: 0, stdout: "yes\nit's\n", stderr: '' });
      await through.close();
    });

    it('says what to do when sudo asks for a password, or the login is not root', async () => {
      const [alpha, bravo] = sshd.site.nodes;
      sshd.install('sudo', 'echo "sudo: a password is required" >&2; exit 1');
      const asks = openHosts({ ...sshd.site, nodes: [{ ...alpha, sudo: true }, bravo] });
      await expect(asks.get('alpha').run('true')).rejects.toMatchObject({
        code: 'HF-HOST-SUDO',
        message: expect.stringContaining('a password is required'),
        remedy: expect.stringContaining('alpha sudo -n true'),
      });
      await asks.close();
      sshd.install('id', 'echo 1000');
      const notRoot = openHosts(sshd.site);
      await expect(notRoot.get('alpha').run('true')).rejects.toMatchObject({ code: 'HF-HOST-NOT-ROOT' });
      await notRoot.close();
    });
  },
);

function ownSockets(): string[] {
  return readdirSync(controlDirectory()).filter((name) => name.startsWith(`${process.pid}-`));
}
