// Peer of the verb "images": sharp (libvips), one thread, the fastest plain path it offers: shrink-on-load, resize "fill", raw RGB, normalised to planes in JavaScript.
//   npm install sharp && node images.mjs FILE...
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { createRequire } from 'node:module';
const sharp = createRequire(process.cwd() + '/')('sharp');
sharp.concurrency(1);
sharp.cache(false);
const size = 224, plane = size * size, mean = [0.485, 0.456, 0.406], std = [0.229, 0.224, 0.225];
const row = new Float32Array(3 * plane);

async function one(bytes) {
  const pixels = await sharp(bytes).resize(size, size, { fit: 'fill', kernel: 'linear' }).removeAlpha().raw().toBuffer();
  for (let c = 0; c < 3; c++) {
    const a = 1 / 255 / std[c], b = -mean[c] / std[c];
    for (let i = 0, p = c; i < plane; i++, p += 3) row[c * plane + i] = pixels[p] * a + b;
  }
}

for (const file of process.argv.slice(2)) {
  const bytes = readFileSync(file), calls = Math.max(1, Math.floor(3e6 / (bytes.length + 20000)));
  for (let i = 0; i < calls; i++) await one(bytes);
  const times = [];
  for (let round = 0; round < 9; round++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) await one(bytes);
    times.push((performance.now() - start) * 1000 / calls);
  }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ case: basename(file).split('.')[0], value: times[4], unit: 'us' }));
}
