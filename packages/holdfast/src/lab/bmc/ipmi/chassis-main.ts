/**
 * What `ipmi_sim` runs to ask or switch a machine: `node chassis-main.js SOCKET MACHINE get power`. It hands the words to the BMC's process
 * and imports nothing of ours, because it starts anew for every question while the simulator answers nobody.
 */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

const [socketFile = '', ...words] = process.argv.slice(2);
const socket = connect(socketFile);
socket.end(words.join(' '));
// An answer that does not come is a failure: an unknown power must not look like one.
const [outcome = '', ...lines] = (await text(socket)).split('\n');
console.log(lines.join('\n'));
process.exitCode = outcome === 'done' ? 0 : 1;
