# SPDX-License-Identifier: GPL-3.0-or-later
# Each target does its own set-up, once: environments are made again only when their requirements change.
.PHONY: demo docs test test-nets test-frame test-blender45 test-blender50 test-ui lint extension train bench bench-mediapipe check-accuracy
.PHONY: check-clips check-prints check-prn check-robustness debian-packages
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL := bash

python := .venv/bin/python
blender45 := .venv-bpy45/bin/python
blender50 := .venv-bpy50/bin/python
PLATFORMS := linux-x64 windows-x64 macos-arm64
ARGS :=

# OpenMP threads that wait must not spin: the tests' processes share the machine's cores.
export OMP_WAIT_POLICY := passive
export GOMP_SPINCOUNT := 0
export OPENBLAS_NUM_THREADS := 1
export PRNET_WORKER_PYTHON := $(CURDIR)/$(python)

demo: .venv/.ready .venv-bpy45/.ready
	@mkdir -p out
	$(python) -m demo.photo out/astronaut.png
	$(blender45) -m demo.scene out/astronaut.png out/demo.blend out/views
	$(python) -m demo.picture out/views out/demo.png

# Makes the documents' pictures again: the window tests' screenshots, and the face model's mesh (which needs its file).
docs: .venv/.ready .venv-bpy45/.ready
	$(python) -m pytest tests/ui/test_install_window.py tests/ui/test_topology_window.py
	$(python) -m demo.screenshots out/ui docs/images
	$(python) -m demo.photo out/astronaut.png
	$(blender45) -m demo.topology out/astronaut.png docs/images/topology.jpg
	$(python) -m demo.pictures out/astronaut.png docs/images/pictures.jpg
	$(python) -m demo.several_photos out/astronaut.png docs/images/several-photos.jpg

# Every suite runs even if one before it failed; the exit code is a failure if any of them failed.
# Suites run side by side, the longest first, because most of each needs one core; each is shown when it has ended.
# `make` and not its variable: with the variable a dry run would run the tests.
test: .venv/.ready .venv-bpy45/.ready .venv-bpy50/.ready
	@status=0; \
	run() { echo "== $$*"; "$$@" || status=1; }; \
	run $(python) -m ruff check .; \
	run make --no-print-directory extension PLATFORMS=linux-x64; \
	run make --no-print-directory --jobs=2 --keep-going --output-sync test-nets test-ui test-blender45 \
		test-blender50 test-frame CHOSEN='-m "not one_version"'; \
	exit $$status

test-nets: .venv/.ready
	$(python) -m pytest tests/nets

test-frame: .venv/.ready
	$(python) -m pytest tests/frame tests/jobs

# In a window of Blender 4.3.
test-ui: .venv/.ready
	$(python) -m pytest tests/ui

test-blender45: .venv/.ready .venv-bpy45/.ready
	$(blender45) -m pytest tests/blender

# CHOSEN: which tests Blender 5.0 runs; all of them unless it is set.
test-blender50: .venv/.ready .venv-bpy50/.ready
	$(blender50) -m pytest tests/blender $(CHOSEN)

lint: .venv/.ready
	$(python) -m ruff check .

# A zip per platform. Blender's own packing tool comes with the bpy module and runs without Blender.
extension: $(PLATFORMS:%=build/%.packed)

packed := __init__.py LICENSE blender_manifest.toml requirements/worker.txt \
	$(shell find blender_prnet nets presets release -name __pycache__ -prune -o -type f -print)

$(PLATFORMS:%=build/%.packed): build/%.packed: $(packed) build/wheels/%/.ready | .venv/.ready .venv-bpy45/.ready
	$(python) -m release.extension $* \
		--tool .venv-bpy45/lib/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py
	@touch $@

build/wheels/%/.ready: requirements/bundled.txt | .venv/.ready
	$(python) -m release.wheels $* $(@D)
	@touch $@

train: .venv/.ready
	$(python) -m nets train $(ARGS)

bench: .venv/.ready
	$(python) -m nets bench $(ARGS)

# The same with MediaPipe FaceMesh beside it.
bench-mediapipe: .venv/.ready .venv-mediapipe/.ready
	$(python) -m nets bench $(ARGS)

# REAL: a folder of photos with AFLW2000-3D's .mat files. SCAN: a scanned head. SCANS: a folder of them, of whose photos
# heads are merged; then nothing else is measured. ARGS=--record keeps the figures.
check-accuracy: .venv/.ready
	$(python) -m nets check-accuracy $(if $(REAL),--real $(REAL)) $(if $(SCAN),--scan $(SCAN)) $(if $(SCANS),--scans $(SCANS)) $(ARGS)

check-clips: .venv/.ready
	$(python) -m nets check-clips $(PHOTOS) $(ARGS)

# Makes prints of random people with random expressions, and counts those that are watertight and manifold.
check-prints: .venv-bpy45/.ready
	$(blender45) -m tests.blender.check_prints $(or $(PRINTS),100)

# Imports a checkpoint that TensorFlow has written of PRN's network with random weights, and compares what both answer.
check-prn: .venv/.ready .venv-prn/.ready
	rm -rf out/prn && mkdir -p out/prn
	.venv-prn/bin/python -m tests.prn.make_checkpoint out/prn
	PRN_CHECKPOINT=out/prn $(python) -m pytest tests/prn

# Damaged photos, clips, CSV files, results and models, 10,000 in all: ARGS="--count 500 --seed 1" for fewer and others.
check-robustness: .venv/.ready
	$(python) -m tests.robustness $(ARGS)

debian-packages:
	@requirements/install_debian_packages.sh

.venv/.ready: requirements/worker.txt requirements/ray.txt requirements/training.txt requirements/tests.txt | debian-packages
	python3.11 -m venv .venv
	$(python) -m pip install --quiet -r requirements/tests.txt
	@touch $@

.venv-mediapipe/.ready: requirements/bench-mediapipe.txt | debian-packages
	python3.11 -m venv .venv-mediapipe
	.venv-mediapipe/bin/python -m pip install --quiet -r $<
	@touch $@

.venv-prn/.ready: requirements/check-prn.txt | debian-packages
	python3.11 -m venv .venv-prn
	.venv-prn/bin/python -m pip install --quiet -r $<
	@touch $@

.venv-bpy%/.ready: requirements/test-bpy%.txt | debian-packages
	python3.11 -m venv .venv-bpy$*
	.venv-bpy$*/bin/python -m pip install --quiet -r $<
	@touch $@
