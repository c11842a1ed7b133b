"""Policy: entries and state in, decision out. Pure, so that every rule has a table test."""
