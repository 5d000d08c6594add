#!/usr/bin/env bash
# A weak emotion model as the new version of a good one: the canary takes itself back, and no request fails.
#   examples/canary/canary.sh MODELS FACES [PORT]
# MODELS holds fer2013_mini_xception.onnx (66 %) and fer2013_mini_xception_epoch00.onnx (47 %), FACES pictures of faces.
set -euo pipefail
models=$1 faces=$2 port=${3:-5254} work=$(mktemp -d)
server=http://127.0.0.1:$port
trap 'kill "$serving" 2>/dev/null; wait "$serving" 2>/dev/null; rm -rf "$work"' EXIT
export SAKI_HOME=$work/home

cat > "$work/fer.yaml" <<'YAML'
input:     {kind: image, color: gray, width: 64, height: 64}
normalize: {scale: 0.00784313725, mean: [1.0]}
output:    {kind: probabilities}
labels:    [angry, disgust, fear, happy, sad, surprise, neutral]
YAML
saki package "$models/fer2013_mini_xception.onnx" --pipeline "$work/fer.yaml" --name fer --out "$work/store/good"
saki package "$models/fer2013_mini_xception_epoch00.onnx" --pipeline "$work/fer.yaml" --name fer --out "$work/store/weak"

saki serve "$work/store/good" --model-store "$work/store" --port "$port" --no-auth & serving=$!
until curl -sf "$server/v2/health/ready" > /dev/null; do sleep 0.2; done
weak=$(saki serving load fer --file weak --server "$server" --json | grep -o '"version":"[0-9a-f]*","roles":\[\]' | cut -d'"' -f4)
saki serving canary fer "$weak" 25 --max-latency-ratio 1000 --why "the new version" --server "$server"

find "$faces" -name '*.png' | sort | head -1000 > "$work/faces"
answered=0
while read -r face; do
  curl -sf -o /dev/null --data-binary "@$face" -H "Content-Type: image/png" "$server/v1/predict/fer" && answered=$((answered + 1))
done < "$work/faces"
echo "$answered of $(wc -l < "$work/faces") answered"
saki serving stats fer --server "$server"
