import type { StrokeMessage } from './message.ts';

/** One change of leader, as the receiver saw it. */
export interface Takeover {
  readonly from: string;
  readonly to: string;
  readonly token: number;
  /** From the last message of the old leader to the first of the new one. */
  readonly silentMs: number;
  /** Strokes that nobody published meanwhile. */
  readonly missed: number;
}

/** What came to the receiver, kept apart from the gate that judged it, so that the gate is judged too. */
export interface Record {
  readonly leader: { readonly module: string; readonly token: number } | undefined;
  readonly firstStroke: number;
  readonly lastStroke: number;
  readonly accepted: number;
  readonly missed: number;
  /** Tokens of the messages that were refused, in order. */
  readonly refused: readonly number[];
  readonly takeovers: readonly Takeover[];
  /** What must never happen, in words. */
  readonly mistakes: readonly string[];
  accept(token: number, message: StrokeMessage, atMs: number): void;
  refuse(token: number): void;
}

/** An empty record. */
export function newRecord(): Record {
  const refused: number[] = [];
  const takeovers: Takeover[] = [];
  const mistakes: string[] = [];
  let last: (StrokeMessage & { readonly token: number; readonly atMs: number }) | undefined;
  let [firstStroke, accepted, missed] = [0, 0, 0];
  return {
    get leader() {
      return last;
    },
    get firstStroke() {
      return firstStroke;
    },
    get lastStroke() {
      return last?.stroke ?? 0;
    },
    get accepted() {
      return accepted;
    },
    get missed() {
      return missed;
    },
    refused,
    takeovers,
    mistakes,
    accept(token, message, atMs) {
      const { module, stroke } = message;
      accepted += 1;
      if (last === undefined) {
        firstStroke = stroke;
      } else {
        const between = stroke - last.stroke - 1;
        const who = `stroke ${stroke} by ${module} with token ${token}`;
        if (between < 0) mistakes.push(`${who} came after stroke ${last.stroke}: twice, or out of order`);
        if (token < last.token) mistakes.push(`${who} was accepted after token ${last.token}`);
        if (token === last.token && module !== last.module) mistakes.push(`${who}, which is ${last.module}'s token`);
        if (token === last.token && between > 0) mistakes.push(`${between} strokes before ${who} are missing`);
        if (token !== last.token) {
          takeovers.push({ from: last.module, to: module, token, silentMs: atMs - last.atMs, missed: between });
        }
        missed += Math.max(0, between);
      }
      last = { module, stroke, token, atMs };
    },
    refuse: (token) => refused.push(token),
  };
}
