#!/usr/bin/env bash
# Runs the three consumers of examples/sales to the end of the topic, each in a new group, and compares what they have counted. Then
# each reads everything once more in another group, and must count nothing twice.
#
#   KAFKA=127.0.0.1:30092 bash examples/sales/try.sh
#
# TOPIC names another topic than compra. With SALES, the address of a consumer that counts since its beginning (in the demo
# http://127.0.0.1:30080/api/sales), what it shows must be at least as much of each product. Needs cargo, python3 with venv, and Node.js with npm; pip and npm install two libraries into a
# temporary directory. Exits with 1, and says what differs, unless all three agree; or that there is nothing to count. Whoever buys
# meanwhile makes them differ.
set -euo pipefail

examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export KAFKA=${KAFKA:-127.0.0.1:30092} TOPIC=${TOPIC:-compra}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for program in cargo python3 node npm; do
  command -v "$program" >/dev/null || { echo "$program is missing: install it, or try the other examples by hand." >&2; exit 2; }
done

echo "Preparing the three consumers."
cargo build --quiet --locked --manifest-path "$examples/../../Cargo.toml" -p delivery-sales
target=$(cargo metadata --quiet --format-version 1 --no-deps --manifest-path "$examples/../../Cargo.toml" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$examples/python/requirements.txt"
cp -r "$examples/node" "$work/node"
npm install --prefix "$work/node" --no-audit --no-fund --no-package-lock --silent

run() {
  local name=$1 turn=$2
  export FILE="$work/$name.json" GROUP="sales-try-$name-$$-$turn"
  echo "$name reads $TOPIC in the group $GROUP."
  case $name in
    rust) timeout 120 "$target/debug/sales" --once ;;
    python) timeout 120 "$work/venv/bin/python" "$examples/python/sales.py" --once ;;
    node) timeout 120 node "$work/node/sales.mjs" --once ;;
  esac >"$work/$name.out" || {
    echo "$name did not reach the end of $TOPIC at $KAFKA: is Kafka up, and are purchases enabled?" >&2
    cat "$work/$name.out" >&2
    exit 1
  }
}

for turn in 1 2; do
  for name in rust python node; do
    run "$name" "$turn"
  done
done

cat "$work/rust.out"
python3 - "$work" <<'PYTHON'
import json
import os
import sys
import time
import urllib.request

counted = {}
for name in ("rust", "python", "node"):
    with open(f"{sys.argv[1]}/{name}.json", encoding="utf-8") as file:
        sales = json.load(file)
    counted[name] = (sorted(sales["seen"]), {product: list(sold) for product, sold in sales["products"].items()})
first = counted["rust"]
if not first[0]:
    sys.exit("There is no purchase to count: buy something first.")
for name, other in counted.items():
    if other != first:
        sys.exit(f"{name} has counted something else than rust: {len(other[0])} purchases instead of {len(first[0])}, "
                 f"products {sorted(other[1])} instead of {sorted(first[1])}.")
if not first[1] or any(quantity < 1 for quantity, _ in first[1].values()):
    sys.exit(f"Of {len(first[0])} purchases the products {first[1]} were counted: each must have been sold once.")


def shows_less():
    try:
        with urllib.request.urlopen(os.environ["SALES"], timeout=10) as answer:
            products = json.load(answer)["products"]
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"{os.environ['SALES']} does not tell what was sold ({error}): are the demo and its purchases up?")
    shown = {sale["product"]: (sale["quantity"], sale["totalCents"]) for sale in products}

    def is_less(name, quantity, cents):
        shown_quantity, shown_cents = shown.get(name, (0, 0))
        return shown_quantity < quantity or shown_cents < cents

    return sorted(name for name, sold in first[1].items() if is_less(name, *sold))


if os.environ.get("SALES"):
    # It writes once a second, and may be a moment behind.
    end = time.monotonic() + 30
    while (less := shows_less()) and time.monotonic() < end:
        time.sleep(1)
    if less:
        sys.exit(f"{os.environ['SALES']} shows less of {', '.join(less)} than was counted: does its consumer run?")
print(f"All three have counted {len(first[0])} purchases of {len(first[1])} products, each once.")
PYTHON
