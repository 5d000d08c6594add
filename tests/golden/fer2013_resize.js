// See fer2013_resize.py. Run from the repository's root (after: make deps).
const ort = require('../../node_modules/onnxruntime-node'), fs = require('fs');
const [data, out] = process.argv.slice(2);
(async () => {
  const session = await ort.InferenceSession.create(`${data}/models/fer2013/fer2013_mini_xception.onnx`);
  const labels = fs.readFileSync(`${out}/labels.bin`);
  for (const name of ['pil', 'cv2']) {
    const pixels = fs.readFileSync(`${out}/${name}.bin`);
    let right = 0;
    for (let i = 0; i < labels.length; i++) {
      const input = Float32Array.from(pixels.subarray(i * 4096, (i + 1) * 4096), x => (x / 255 - 0.5) * 2);
      const p = (await session.run({ input: new ort.Tensor('float32', input, [1, 1, 64, 64]) })).probabilities.data;
      if (p.indexOf(Math.max(...p)) === labels[i]) right++;
    }
    console.log(name, right, (100 * right / labels.length).toFixed(2));
  }
})();
