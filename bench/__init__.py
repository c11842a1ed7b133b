"""What bootpy costs, measured: `make bench` writes docs/benchmarks.json and the tables of .md.

Each family of rows is a module with NAME, ABOUT, `measure` and `table`; they stand in
`bench.families`.
"""
