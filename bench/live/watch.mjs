// An hour before the camera, watched from outside: see run. Arguments: minutes, folder for the results, the saki command, the data folder.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
const need = createRequire(process.cwd() + '/');
const { chromium } = need('playwright-core'), sharp = need('sharp'), WebSocket = need('ws');
const [minutes, out, saki, data] = [Number(process.argv[2]), ...process.argv.slice(3)];
const port = 5399, url = `http://127.0.0.1:${port}`;
const wait = ms => new Promise(done => setTimeout(done, ms));
const median = values => values.slice().sort((a, b) => a - b)[values.length >> 1];

// A face that walks to and fro: forty crops of one photo as a film of JPEGs, which Chromium repeats.
const frames = [];
const photo = sharp(join(data, 'faces/obama-720p.jpg'));
const { width, height } = await photo.metadata();
const [w, h] = [640, 480];
const scaled = await photo.resize({ height: 600 }).jpeg().toBuffer();
const across = Math.round(width * 600 / height);
for (let i = 0; i < 40; i++) {
  const at = (1 - Math.cos(2 * Math.PI * i / 40)) / 2;
  frames.push(await sharp(scaled).extract({ left: Math.round(at * (across - w)), top: Math.round(at * (600 - h)), width: w, height: h }).jpeg({ quality: 90 }).toBuffer());
}
writeFileSync('film.mjpeg', Buffer.concat(frames));

rmSync('home', { recursive: true, force: true });
mkdirSync('home');
const server = spawn(saki, ['up', join(data, 'models/fer2013/fer2013_mini_xception.onnx'), '--pipeline', 'pipeline.yaml', '--home', 'home', '--port', String(port), '--no-auth'],
  { env: { ...process.env, SAKI_FACE_MODEL: join(data, 'models/face/ultraface-RFB-320.onnx'), SAKI_TOKEN: '' }, stdio: ['ignore', 'ignore', 'pipe'] });
server.stderr.pipe(createWriteStream(join(out, 'server.log')));
for (let tries = 0; ; tries++) {
  if (server.exitCode !== null || tries > 120) { console.error(`The server did not start; ${join(out, 'server.log')} says why.`); process.exit(1); }
  if ((await fetch(url + '/health').catch(() => null))?.ok) break;
  await wait(500);
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${process.cwd()}/film.mjpeg`] });
const context = await browser.newContext({ permissions: ['camera'] });
const page = await context.newPage();
const complaints = [];
page.on('console', message => { if (message.type() === 'error') complaints.push(message.text()); });
page.on('pageerror', error => complaints.push(String(error)));
await page.goto(url);
await page.keyboard.press('w');
await page.waitForFunction(() => document.querySelector('#live-figures').textContent.includes('1 face'), null, { timeout: 60_000 });
const devtools = await context.newCDPSession(page);
await devtools.send('Performance.enable');

// Two other viewers: five frames a second each, one at a time.
const others = [0, 20].map(start => {
  const viewer = { answers: 0, errors: 0 };
  const socket = new WebSocket(url.replace('http', 'ws') + '/try/live', { origin: url });
  let at = start;
  const send = () => socket.send(frames[at++ % frames.length]);
  socket.on('open', send);
  socket.on('message', text => { JSON.parse(text).error ? viewer.errors++ : viewer.answers++; setTimeout(send, 200); });
  socket.on('close', () => { viewer.closed = true; });
  socket.on('error', () => { viewer.errors++; });
  return viewer;
});

const resident = pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1000;
// The process that draws the page: the largest renderer of this machine, so no other browser may be open.
function renderer() {
  const all = readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(pid => {
    try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer') ? [[pid, resident(pid)]] : []; } catch { return []; }
  });
  return all.sort((a, b) => b[1] - a[1])[0]?.[0];
}
const drawing = renderer();
const rows = [], csv = createWriteStream(join(out, 'live.csv'));
csv.write('minute,server_mb,page_mb,heap_mb,elements,page_answers_per_second,round_trip_ms,other_answers\n');
const began = Date.now();
for (let minute = 1; minute <= minutes; minute++) {
  await wait(began + minute * 60_000 - Date.now());
  await devtools.send('HeapProfiler.collectGarbage');
  const metrics = Object.fromEntries((await devtools.send('Performance.getMetrics')).metrics.map(m => [m.name, m.value]));
  const told = await page.textContent('#live-figures');
  const [, rate, trip] = /([\d.]+) answers\/s · (\d+)/.exec(told) ?? [, 'NaN', 'NaN'];
  const row = [minute, resident(server.pid), resident(drawing), metrics.JSHeapUsedSize / 1e6, metrics.Nodes, Number(rate), Number(trip), others[0].answers + others[1].answers];
  rows.push(row);
  csv.write(row.map(value => Number.isInteger(value) ? value : value.toFixed(2)).join(',') + '\n');
  console.log(`${String(minute).padStart(3)} min  server ${row[1].toFixed(0)} MB  page ${row[2].toFixed(0)} MB (heap ${row[3].toFixed(2)} MB, ${row[4]} elements)  ${rate} answers/s, ${trip} ms  others ${row[7]}`);
}
csv.end();
await page.screenshot({ path: join(out, 'last.png') });
await browser.close();
server.kill('SIGTERM');

const half = rows.length >> 1, [first, second] = [rows.slice(Math.min(5, half >> 1), Math.max(1, half)), rows.slice(half)];
for (const [at, name, unit] of [[1, 'server', 'MB resident'], [2, 'page', 'MB resident'], [3, 'page heap', 'MB'], [4, 'page elements', ''], [5, 'answers', 'a second'], [6, 'round trip', 'ms']])
  console.log(`${name}: median ${median(first.map(r => r[at])).toFixed(2)} ${unit} in the first half without its beginning, ${median(second.map(r => r[at])).toFixed(2)} in the second; ${Math.min(...rows.map(r => r[at])).toFixed(2)} to ${Math.max(...rows.map(r => r[at])).toFixed(2)}`);
console.log(`others: ${others.map(o => `${o.answers} answers, ${o.errors} errors${o.closed ? ', closed' : ''}`).join('; ')}; errors of the page: ${complaints.length ? complaints.slice(0, 5).join(' | ') : 'none'}`);
console.log(`${join(out, 'live.csv')}, ${join(out, 'last.png')}`);
