# bootpy: the few commands of every day. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help run test unit e2e lint image kernel deb size figures fuzz bench bench-compare corpus \
    update clean setup

PYTHON := .venv/bin/python
PROFILE ?= cloud
USERLAND ?= debian
KERNEL ?= debian
ARCH ?=
COMMAND_LINE ?=
# What an image is built of.
IMAGE := --profile $(PROFILE) --userland $(USERLAND) --kernel $(KERNEL) \
    $(if $(ARCH),--architecture $(ARCH))
BUILT_IN := $(if $(COMMAND_LINE),--command-line='$(COMMAND_LINE)')
TESTS ?=
LONG ?=
INPUTS ?= 100000
SEED ?= 1
FORMATS ?=

help: ## list these commands
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" \
	    read -r name meaning; do printf '  make %-13s %s\n' "$$name" "$$meaning"; done

# A compiler is needed for the loader's own kernel alone.
SETUP := .ci/setup $(if $(filter own,$(KERNEL)),compilers)
kernel bench bench-compare: SETUP := .ci/setup compilers
deb: SETUP := .ci/setup packaging

run: setup ## boot a Debian through the loader; DISK=image, MENU=1, FIRMWARE=ovmf, APPEND=words
	@$(PYTHON) -m qemu run $(IMAGE) $(if $(DISK),--disk "$(DISK)") \
	    $(if $(MENU),--menu) $(if $(FIRMWARE),--firmware $(FIRMWARE)) $(if $(BUS),--bus $(BUS)) \
	    $(if $(MEMORY),--memory $(MEMORY)) $(if $(APPEND),--append='$(APPEND)') $(RUN)

test: setup ## linters, unit tests, machines booted end to end; TESTS=path, KERNEL=own, LONG=1
	@$(PYTHON) -m qemu prepare --kernel $(KERNEL)
	@BOOTPY_USERLAND=$(USERLAND) BOOTPY_LONG=$(LONG) $(PYTHON) -m pytest -n 2 --dist worksteal $(TESTS)

unit: setup ## linters and unit tests only
	@$(PYTHON) -m pytest -m 'not e2e' $(TESTS)

e2e: setup ## the machines only; USERLAND=slim has them start that one
	@$(PYTHON) -m qemu prepare --kernel $(KERNEL)
	@BOOTPY_USERLAND=$(USERLAND) BOOTPY_LONG=$(LONG) $(PYTHON) -m pytest -n 2 --dist worksteal -m e2e $(TESTS)

lint: setup ## ruff and mypy --strict
	@$(PYTHON) -m pytest -q tests/test_linters.py

image: setup ## build the loader; PROFILE=cloud or generic, USERLAND=slim, KERNEL=own, ARCH=arm64
	@$(PYTHON) -m initramfs build $(IMAGE) $(BUILT_IN)

kernel: setup ## build the loader's own kernel, once: 20 minutes of one processor
	@$(PYTHON) -m initramfs kernel --profile $(PROFILE) $(if $(ARCH),--architecture $(ARCH))

deb: setup ## build the Debian package of the command, in build/deb; lintian judges it
	@.ci/deb

size: setup ## what is big in the image
	@$(PYTHON) -m initramfs size $(IMAGE) $(BUILT_IN)

figures: setup ## measure the figures of README.md and keep them in docs/figures.json
	@$(PYTHON) -m qemu figures

fuzz: setup ## many inputs for every reader; INPUTS=100000, FORMATS="grub bls", SEED=1
	@nice $(PYTHON) -m tests.fuzz --inputs $(INPUTS) --seed $(SEED) --formats "$(FORMATS)"

bench: setup ## measure boots and readers for docs/benchmarks.json and .md; ROWS="floor bootpy"
	@nice $(PYTHON) -m bench $(if $(ROWS),--rows "$(ROWS)")

bench-compare: setup ## bootpy's boots at two commits, side by side; A=commit B=commit
	@nice $(PYTHON) -m bench.boots.compare "$(A)" "$(B)"

corpus: setup ## record again what Debian's generators write, for tests/corpus; NAMES=some of it
	@$(PYTHON) -m qemu corpus $(NAMES)

update: setup ## fetch Debian's package index again: newer kernels and Pythons
	@$(PYTHON) -m initramfs update --profile $(PROFILE) $(if $(ARCH),--architecture $(ARCH))

clean: ## remove what was built; .venv and Debian's packages stay
	rm -rf build

setup:
	@$(SETUP)
