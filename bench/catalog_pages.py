"""Does a page of the catalog cost the same at 1,000,000 prints as at 20?

    DATABASE_URL=postgres://… ./dev manage shell --no-imports -c "import bench.catalog_pages"

Fills a scratch table set inside one transaction, which it rolls back: your data is not touched.
Prints, for each size, the median milliseconds of each query set in the same run, and the ratio to
the smallest size; and beside it what `OFFSET` would cost at the same depth. Ratios are what
counts; the milliseconds are this machine's.
"""

import statistics
import sys
import time

from django.db import connection, transaction
from django.http import QueryDict

from catalog.models import Category, Print
from catalog.pages import page_of

SIZES = (20, 1_000, 100_000, 1_000_000)
BATCH = 10_000
ROUNDS = 30


def fill(category, have, want):
    for start in range(have, want, BATCH):
        Print.objects.bulk_create(
            Print(
                title=f"Study {n}",
                slug=f"bench-{n}",
                artist=f"Artist {n % 997}",
                year=1960 + n % 60,
                category=category[n % len(category)],
                words=f"study {n} artist {n % 997} {1960 + n % 60}",
            )
            for n in range(start, min(start + BATCH, want))
        )
        print(f"\r  {min(start + BATCH, want):>9,} rows", end="", flush=True, file=sys.stderr)
    print("\r", end="", file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def median_ms(act):
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def measure(size, categories):
    newest = Print.objects.order_by("-pk").first().pk
    middle = QueryDict(f"after={newest - size // 2}")
    all_prints, first = Print.objects.all(), QueryDict()
    of_category = Print.objects.filter(category=categories[0])
    common, rare = Print.objects.search("study"), Print.objects.search(f"artist {size % 997}")
    return {
        "first page": median_ms(lambda: page_of(all_prints, first)),
        "page in the middle": median_ms(lambda: page_of(all_prints, middle)),
        "one category": median_ms(lambda: page_of(of_category, middle)),
        "search, common word": median_ms(lambda: page_of(common, first)),
        "search, rare word": median_ms(lambda: page_of(rare, first)),
        "OFFSET in the middle": median_ms(lambda: list(all_prints[size // 2 :][:25])),
    }


def main():
    with transaction.atomic():
        categories = [Category.objects.create(name=f"b{n}", slug=f"b{n}") for n in range(5)]
        results, have = {}, 0
        for size in SIZES:
            fill(categories, have, size)
            have = size
            results[size] = measure(size, categories)
        transaction.set_rollback(True)
    print(f"{connection.vendor}; median of {ROUNDS}, ms (and the ratio to {SIZES[0]} rows)")
    print(f"{'':24}" + "".join(f"{size:>20,}" for size in SIZES))
    for name in results[SIZES[0]]:
        base = results[SIZES[0]][name]
        row = "".join(f"{r[name]:>12.2f} ({r[name] / base:>5.1f})" for r in results.values())
        print(f"{name:24}{row}")


main()
