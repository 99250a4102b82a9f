import { expect, test } from "vitest";
import { eventsOf } from "./live.ts";

const TEXT =
  "retry: 2000\n\n" +
  ": alive\n\n" +
  'id: 1\nevent: sale\ndata: {"receipt":"R1-1-000001","note":"a: b حليب"}\n\n' +
  "id: 2\nevent: sync\ndata: {}\n\n" +
  "id: 3\nevent: half";

test("events come out whole, however the bytes are cut", async () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (const size of [1, 2, 7, 64, bytes.length]) {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) {
          controller.enqueue(bytes.slice(at, at + size));
        }
        controller.close();
      },
    });
    const events = [];
    for await (const event of eventsOf(stream)) events.push(event);
    expect(events).toEqual([
      { kind: "sale", payload: { receipt: "R1-1-000001", note: "a: b حليب" } },
      { kind: "sync", payload: {} },
    ]);
  }
});
