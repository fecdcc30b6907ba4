export function asNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  console.error(`${name} ${text}: give a whole number above 0`);
  process.exit(64);
}
