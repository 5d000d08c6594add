# Golden numbers of EvaluationReportTests, by the textbook formulas in numpy (definitions as in scikit-learn 1.2: argmax takes the first of equals,
# zero_division=0, log loss on rows scaled to 1). Run: python3 tests/golden/evaluation/report.py > tests/golden/evaluation/report.json
import json
import numpy as np

C, N, M = 5, 400, 1 << 32
state = 12345
def draw():
    global state
    state = (state * 1664525 + 1013904223) % M
    return state / M

labels, rows = [], []
for _ in range(N):
    label = int(draw() * (C - 1))          # class 4 never occurs
    raw = np.array([draw() ** 3 + (0.35 if i == label else 0.0) for i in range(C)])
    rows.append((raw / raw.sum()).astype(np.float32))
    labels.append(label)
y, p = np.array(labels), np.array(rows).astype(np.float64)
a = p.argmax(1)
m = np.zeros((C, C), int)
np.add.at(m, (y, a), 1)
tp, sup, ans = np.diag(m), m.sum(1), m.sum(0)
div = lambda n, d: np.where(d > 0, n / np.maximum(d, 1), 0.0)
prec, rec, f1 = div(tp, ans), div(tp, sup), div(2 * tp, sup + ans)
used = sup + ans > 0
scaled = p / p.sum(1, keepdims=True)
eps = np.finfo(np.float64).eps
conf, right = p.max(1), a == y
bins = np.clip(np.ceil(conf * 15).astype(int) - 1, 0, 14)
ece = sum(abs(right[bins == b].sum() - conf[bins == b].sum()) for b in range(15)) / N
out = dict(accuracy=float(right.mean()), balanced_accuracy=float(rec[sup > 0].mean()), macro_f1=float(f1[used].mean()),
           weighted_f1=float((f1 * sup).sum() / N), log_loss=float(-np.log(np.clip(scaled[np.arange(N), y], eps, 1 - eps)).mean()), ece=float(ece),
           brier=float(((p - np.eye(C)[y]) ** 2).sum(1).mean()), precision=prec.tolist(), recall=rec.tolist(), f1=f1.tolist(), confusion=m.tolist())
# top-k with argmax's rule for equals; ROC-AUC over the classes that occur, ties half
rank = np.array([[(p[i] > p[i, y[i]]).sum() + (p[i, :y[i]] == p[i, y[i]]).sum()] for i in range(N)]).ravel()
out["top3"] = float((rank < 3).mean())
def auc(s, t):
    a, b = s[t], s[~t]
    return ((a[:, None] > b[None]).sum() + 0.5 * (a[:, None] == b[None]).sum()) / (len(a) * len(b))
out["roc_auc"] = float(np.mean([auc(p[:, c], y == c) for c in range(C) if (y == c).any()]))
# temperature: the minimum of the log loss on a fine grid; McNemar: exact binomial, against a model that answers class (y + i) % C for every third sample
from math import comb, log
q = np.log(np.maximum(p, 1e-12))
def nll(t):
    z = q / t
    z = z - z.max(1, keepdims=True)
    return -(z[np.arange(N), y] - np.log(np.exp(z).sum(1))).mean()
grid = np.exp(np.linspace(log(0.05), log(20), 60001))
out["temperature"] = float(grid[np.argmin([nll(t) for t in grid])])
other = np.array([y[i] if i % 3 else (y[i] + 1) % C for i in range(N)])
b, c = int(((a == y) & (other != y)).sum()), int(((a != y) & (other == y)).sum())
out["mcnemar"] = dict(b=b, c=c, p=min(1.0, 2 * sum(comb(b + c, k) for k in range(min(b, c) + 1)) / 2 ** (b + c)))
try:
    import sklearn.metrics as s
    assert abs(out["roc_auc"] - np.mean([s.roc_auc_score(y == c, p[:, c]) for c in range(C) if (y == c).any()])) < 1e-12
    assert abs(out["top3"] - s.top_k_accuracy_score(y, p, k=3, labels=range(C))) < 1e-12
    from scipy.stats import binomtest
    assert abs(out["mcnemar"]["p"] - binomtest(b, b + c).pvalue) < 1e-9
    assert abs(out["macro_f1"] - s.f1_score(y, a, average="macro", zero_division=0)) < 1e-12
    assert abs(out["weighted_f1"] - s.f1_score(y, a, average="weighted", zero_division=0)) < 1e-12
    assert abs(out["balanced_accuracy"] - s.balanced_accuracy_score(y, a)) < 1e-12
    assert abs(out["log_loss"] - s.log_loss(y, scaled, labels=range(C))) < 1e-9
    out["checked_with"] = "scikit-learn " + __import__("sklearn").__version__
except ImportError:
    out["checked_with"] = "numpy only"
print(json.dumps(dict(out, labels=labels, probabilities=[[float(x) for x in r] for r in rows])))
