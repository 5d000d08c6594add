// A tight node server on the same engine: two processes, one thread a run, JSON and binary tensors of the Open Inference Protocol, pictures through sharp.
//   node serve.mjs PORT NODE-MODULES NAME=MODEL.onnx:SIZE …
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [port, ort_modules, sharp_modules, ...models] = process.argv.slice(2);
if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
} else {
  const ort = createRequire(ort_modules + '/')('onnxruntime-node'), sharp = createRequire(sharp_modules + '/')('sharp');
  sharp.concurrency(1);
  sharp.cache(false);
  const loaded = {};
  for (const model of models) {
    const [name, rest] = model.split('='), [file, size] = rest.split(':');
    const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    loaded[name] = { session, size: +size };
  }
  const mean = [0.485, 0.456, 0.406], deviation = [0.229, 0.224, 0.225];

  async function picture(body, size) {
    const pixels = await sharp(body).resize(size, size, { fit: 'fill', kernel: 'linear' }).removeAlpha().raw().toBuffer();
    const plane = size * size, row = new Float32Array(3 * plane);
    for (let c = 0; c < 3; c++) {
      const a = 1 / 255 / deviation[c], b = -mean[c] / deviation[c];
      for (let i = 0, p = c; i < plane; i++, p += 3) row[c * plane + i] = pixels[p] * a + b;
    }
    return new ort.Tensor('float32', row, [1, 3, size, size]);
  }

  function tensor(body, header) {
    const request = JSON.parse(header ? body.toString('utf8', 0, header) : body.toString());
    const input = request.inputs[0];
    let data;
    if (header) {
      const copy = new Uint8Array(body.length - header);
      body.copy(copy, 0, header);
      data = new Float32Array(copy.buffer);
    } else data = Float32Array.from(input.data);
    return new ort.Tensor('float32', data, input.shape);
  }

  createServer((request, response) => {
    if (request.url === '/') return void response.end('ready');
    const chunks = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', async () => {
      const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks), name = request.url.split('/')[3];
      const { session, size } = loaded[name];
      const header = +(request.headers['inference-header-content-length'] || 0), isPicture = request.url.startsWith('/v1/predict');
      const fed = isPicture ? await picture(body, size) : tensor(body, header);
      const out = (await session.run({ [session.inputNames[0]]: fed }))[session.outputNames[0]];
      if (header) {
        const raw = Buffer.from(out.data.buffer, out.data.byteOffset, out.data.byteLength);
        const json = Buffer.from(JSON.stringify({ model_name: name, outputs: [{ name: session.outputNames[0], datatype: 'FP32', shape: out.dims, parameters: { binary_data_size: raw.length } }] }));
        response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Inference-Header-Content-Length': json.length, 'Content-Length': json.length + raw.length });
        response.end(Buffer.concat([json, raw]));
      } else {
        const json = JSON.stringify({ model_name: name, outputs: [{ name: session.outputNames[0], datatype: 'FP32', shape: out.dims, data: Array.from(out.data) }] });
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(json) });
        response.end(json);
      }
    });
  }).listen(+port, '127.0.0.1');
}
