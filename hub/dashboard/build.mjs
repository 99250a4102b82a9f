// Copies the vendored scripts and their licences into static/built/, from where the hub serves
// them: nothing comes from elsewhere at run time.
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const htmx = join(here, "node_modules", "htmx.org");
const built = join(here, "static", "built");
await mkdir(built, { recursive: true });
await copyFile(join(htmx, "dist", "htmx.min.js"), join(built, "htmx.min.js"));
await copyFile(join(htmx, "LICENSE"), join(built, "htmx.LICENSE.txt"));
