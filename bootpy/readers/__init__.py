"""Readers: one module or package per boot configuration format, all pure."""
