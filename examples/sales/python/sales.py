"""Counts the sales of each product from the topic `compra`: a consumer, to be copied.

It pulls, in a group of its own. It keeps its counts, with the purchases' ids, before it commits its offsets: killed at any instant, it
reads some purchases again, recognizes them, and counts none twice.
"""

import json
import os
import sys
import unicodedata

from confluent_kafka import Consumer, KafkaError


def load(file):
    """The counts that were kept; none the first time."""
    try:
        with open(file, encoding="utf-8") as kept:
            sales = json.load(kept)
    except FileNotFoundError:
        sales = {"seen": [], "products": {}}
    return {"seen": set(sales["seen"]), "products": sales["products"]}


def save(file, sales):
    """Keeps the counts: the whole file or the former one, never half of it."""
    with open(f"{file}.new", "w", encoding="utf-8") as new:
        json.dump({"seen": sorted(sales["seen"]), "products": sales["products"]}, new, ensure_ascii=False)
    os.replace(f"{file}.new", file)


def count(sales, value):
    """Counts one purchase, unless it was counted before. Fields that are not needed are ignored."""
    purchase = json.loads(value)
    items = [(item["product"], item["quantity"], item["unitPriceCents"]) for item in purchase["items"]]
    if any(type(number) is not int for _, *numbers in items for number in numbers):
        raise TypeError("it has no valid item")
    if purchase["purchaseId"] in sales["seen"]:
        return
    sales["seen"].add(purchase["purchaseId"])
    for product, quantity, price in items:
        sold, cents = sales["products"].get(product, (0, 0))
        sales["products"][product] = (sold + quantity, cents + quantity * price)


def table(sales):
    """The table of products."""
    lines = ["  QUANTITY            TOTAL  PRODUCT"]
    for product, (quantity, cents) in sorted(sales["products"].items()):
        name = "".join("\ufffd" if unicodedata.category(char) == "Cc" else char for char in product)
        lines.append(f"{quantity:>10} {cents // 100:>13}.{cents % 100:02}  {name}")
    return "\n".join(lines) + "\n"


def main():
    """Reads on until it is interrupted; with --once, to the end."""
    once, file = "--once" in sys.argv[1:], os.environ.get("FILE", "sales.json")
    sales = load(file)
    print(table(sales))
    consumer = Consumer({
        "bootstrap.servers": os.environ.get("KAFKA", "127.0.0.1:30092"),
        "group.id": os.environ.get("GROUP", "sales-python"),
        "auto.offset.reset": "earliest",  # A new group begins with the oldest record that there is,
        "enable.auto.commit": False,  # commits when it says so,
        "enable.partition.eof": True,  # and is told when it has caught up.
    })
    consumer.subscribe([os.environ.get("TOPIC", "compra")])
    ended, uncommitted, caught_up = set(), 0, False
    while not (once and caught_up):
        record = consumer.poll(1.0)
        if record is not None and record.error() is None:
            try:
                count(sales, record.value() or b"")
            except (ValueError, KeyError, TypeError) as error:
                print(f"Left out {record.partition()}/{record.offset()}: {error!r}", file=sys.stderr)
            ended.discard(record.partition())
            uncommitted += 1
        elif record is not None and record.error().code() == KafkaError._PARTITION_EOF:
            ended.add(record.partition())
        elif record is not None:
            print(f"{record.error().str()}; the client tries again", file=sys.stderr)
        ours = {partition.partition for partition in consumer.assignment()}
        caught_up = bool(ours) and ours <= ended
        if uncommitted and (caught_up or uncommitted >= 500):
            save(file, sales)  # The effect first,
            consumer.commit(asynchronous=False)  # then the offsets.
            uncommitted = 0
            print(table(sales))
    consumer.close()


if __name__ == "__main__":
    main()
