// Times a bundle of the tablet's rules on the question from standard input; milliseconds as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , bundle, rounds] = process.argv;
const { answer } = await import(pathToFileURL(bundle).href);
const text = readFileSync(0, "utf8");
const question = JSON.parse(text);
const lines = question.basket.lines.map((line) => [
  BigInt(line.quantity),
  BigInt(line.unit_price_minor),
]);
const calls = {
  pricing: [5, () => answer(question)],
  "plain loop": [200, () => lines.map(([quantity, price]) => (2n * quantity * price + 1n) / 2n)],
  reading: [200, () => JSON.parse(text)],
};

const measured = Object.fromEntries(Object.keys(calls).map((name) => [name, []]));
for (let round = 0; round < Number(rounds); round += 1) {
  for (const [name, [times, call]] of Object.entries(calls)) {
    const began = performance.now();
    for (let time = 0; time < times; time += 1) call();
    measured[name].push((performance.now() - began) / times);
  }
}
process.stdout.write(JSON.stringify(measured));
