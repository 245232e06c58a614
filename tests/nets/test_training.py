# SPDX-License-Identifier: GPL-3.0-or-later
"""Training samples keep their truth, losses vanish at the truth, and an interrupted run resumes."""

import argparse
import csv

import numpy as np
import pytest
import torch

from nets.errors import UsageError
from nets.geometry.similarity import fit_similarity
from nets.lab.bundle_writing import replacing_folder
from nets.lab.commands import train
from nets.lab.synth import buffer
from nets.lab.synth.buffer import camera_of, to_record, wait_for_faces, write_shard
from nets.lab.training import batches, loop
from nets.lab.training.architectures import TRAINING_TASKS
from nets.lab.training.batches import make_sample
from nets.lab.training.losses import Sampled, losses
from nets.lab.training.muon import orthogonal
from nets.lab.training.photos import aligned_error, error_2d, error_3d, load_photos
from nets.lab.training.targets import Truth
from nets.model.bundle import load_bundle
from nets.model.networks.compact import CompactOutput, Estimate
from nets.model.networks.refinement import RefinementState, SurfacePrediction


@pytest.fixture(scope="module")
def record(generator):
    return to_record(generator.draw(np.random.default_rng(11)))


@pytest.mark.parametrize("seed", range(6))
def test_truth_follows_the_picture_through_crop_turn_and_mirror(record, coarse, seed, monkeypatch):
    """Each landmark's neighbourhood is painted; after augmentation the paint lies where the truth says."""
    for change in ("degrade", "clean_exposure", "augment_appearance"):
        monkeypatch.setattr(batches, change, lambda rng, image: image)
    record = record.copy()
    place = camera_of(record).project(record["landmarks"])[30]
    y, x = np.mgrid[:160, :160]
    distance = (x - place[0]) ** 2 + (y - place[1]) ** 2
    record["image"] = (255 * np.exp(-distance / 18))[..., None].repeat(3, 2).astype(np.uint8)
    sample = make_sample(record, np.random.default_rng(seed), 128)
    truth = coarse.truth(torch.utils.data.default_collate([sample]))
    expected = (truth.landmarks[0, 30, :2].numpy() + 1) * 64 - 0.5
    bright = sample["image"][..., 0].astype(float) ** 2
    y, x = np.mgrid[:128, :128]
    found = np.array([(bright * x).sum(), (bright * y).sum()]) / bright.sum()
    assert np.abs(found - expected).max() < 0.3


def test_truth_lies_on_the_mean_face_and_its_pose_puts_it_back(record, coarse):
    truth = coarse.truth(torch.utils.data.default_collate([make_sample(record, np.random.default_rng(0), 128)]))
    fit = fit_similarity(truth.neutral[0].numpy(), coarse.mean.numpy(), coarse.face.numpy())
    assert np.allclose(fit.rotation, np.eye(3), atol=1e-4)
    assert np.allclose(fit.scale, 1, atol=1e-4)
    assert np.allclose(fit.translation, 0, atol=1e-4)
    shift = (truth.pose.project(truth.full) - truth.points)[0, :, :2].norm(dim=1) * 64
    assert shift.mean() < 0.05  # pixels: the camera looks at another point of the head now


def test_orthogonal_steps_advance_every_direction_alike():
    matrix = torch.randn(40, 300, generator=torch.Generator().manual_seed(0)) * torch.logspace(0, -2, 40)[:, None]
    for steps in (orthogonal(matrix), orthogonal(matrix.T).T):
        strengths = torch.linalg.svdvals(steps)
        assert strengths.max() < 1.25
        assert strengths.min() > 0.5
        assert (steps * matrix).sum() > 0


def output_of(estimate: Estimate, sampled: Sampled, truth: Truth, face: float) -> CompactOutput:
    anchors, count = sampled.visible.shape
    return CompactOutput(
        estimates=[estimate] * 4,
        refinements=[RefinementState(sampled.anchors, torch.zeros_like(sampled.anchors), (sampled.visible - 0.5) * 40)]
        * 3,
        log_uncertainty=torch.full((anchors, count), -7.0),
        face_logit=torch.full((anchors,), face),
        log_error=torch.full((anchors,), -7.0),
        expression=truth.expression,
        gaze=truth.gaze,
        surface=SurfacePrediction(sampled.canonical, sampled.normals),
    )


def truth_of(coarse, *records, seed=1) -> tuple[Truth, Sampled]:
    samples = [make_sample(record, np.random.default_rng(seed), 128) for record in records]
    truth = coarse.truth(torch.utils.data.default_collate(samples))
    return truth, Sampled.draw(truth, coarse, coarse.anchors(80))


def test_losses_vanish_at_the_truth_and_nowhere_else(record, coarse):
    record = record.copy()
    record["identity"] = 0  # truth() would lay another face on the mean face, which moves the origin of its depth
    truth, sampled = truth_of(coarse, record)
    exact = Estimate(truth.pose, sampled.neutral, sampled.shape, sampled.points)
    wrong = Estimate(truth.pose, sampled.neutral + 0.05, sampled.shape + 0.05, sampled.points + 0.05)
    parts = losses(output_of(exact, sampled, truth, face=20.0), truth, sampled, coarse)
    for name in set(parts) - {"spread", "error"}:
        assert parts[name].item() < (2.5e-3 if name == "openings" else 2e-3), name
    worse = losses(output_of(wrong, sampled, truth, face=-20.0), truth, sampled, coarse)
    for name in ("map", "landmarks", "identity", "face", "spread", "error"):
        assert worse[name] > 10 * parts[name] or parts[name] > 10 * worse[name], name


def test_a_picture_without_a_face_only_teaches_that(record, generator, coarse):
    empty = to_record(generator.draw_empty(np.random.default_rng(2)))
    truth, sampled = truth_of(coarse, record, empty)
    points = sampled.points.clone()
    points[1] += 100
    guess = Estimate(truth.pose, sampled.neutral, sampled.shape, points)
    assert losses(output_of(guess, sampled, truth, face=0.0), truth, sampled, coarse)["map"].item() < 1e-3


def test_what_a_mirror_shows(record, coarse, face_model):
    """A wink and a glance in a mirror are the other eye's."""
    record = record.copy()
    names = face_model.expression_names
    record["expression"], record["gaze"] = 0, [(0.3, 0.1), (0.2, 0.1)]
    record["expression"][names.index("eyeBlink_L")] = 1
    samples = [make_sample(record, np.random.default_rng(seed), 128) for seed in range(8)]
    truth = coarse.truth(torch.utils.data.default_collate(samples))
    for sample, expression, gaze in zip(samples, truth.expression, truth.gaze, strict=True):
        mirrored = bool(sample["mirror"])
        assert names[int(expression.argmax())] == ("eyeBlink_R" if mirrored else "eyeBlink_L")
        expected = [(-0.2, 0.1), (-0.3, 0.1)] if mirrored else [(0.3, 0.1), (0.2, 0.1)]
        assert np.allclose(gaze, expected, atol=1e-3)
    assert len({bool(sample["mirror"]) for sample in samples}) == 2


def test_normals_point_outwards(coarse):
    """On the mean face they lean away from the head's inside; at the nose's tip they point at the viewer."""
    normals = coarse._normals(coarse.mean[None])[0][coarse.face_texels]
    places = coarse.mean[coarse.face_texels]
    inside = torch.tensor([0.0, -0.2, -0.6])
    assert ((normals * (places - inside)).sum(1) > 0).float().mean() > 0.97
    assert normals[places[:, 2].argmax(), 2] > 0.7


def test_errors_follow_the_benchmark_s_protocol():
    truth = np.random.default_rng(0).uniform(0, 100, (68, 3))
    truth[:4, :2] = (0, 0), (100, 0), (0, 64), (100, 64)
    truth[4:, 1] *= 0.64
    assert error_2d(truth + (3, 4, 50), truth) == pytest.approx(100 * 5 / 80)
    assert error_3d(truth + (3, 4, 50), truth) == pytest.approx(100 * 5 / 80)
    turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])
    assert aligned_error(3 * truth @ turn + 7, truth) == pytest.approx(0, abs=1e-6)
    assert aligned_error(truth * (1, 1, -1), truth) > 5  # a mirror image is no turn


@pytest.fixture(scope="module")
def drawn(generator, fine_generator, tmp_path_factory):
    """For the sides of stored pictures that the networks learn from: a generator, the folder of a shard of eight faces
    that it has drawn, and four held-out ones."""
    made = {}
    for size, each in ((160, generator), (320, fine_generator)):
        folder = tmp_path_factory.mktemp(f"faces{size}")
        write_shard(each, folder, 0, count=8)
        made[size] = each, folder, buffer.draw_records(each, buffer.HELD_OUT_SHARD, 4)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("network", TRAINING_TASKS)
def test_a_run_resumes_and_leaves_a_bundle(network, drawn, layout, coarse, face_model_file, tmp_path, monkeypatch):
    held_out = {made: records for made, _, records in drawn.values()}
    # What every run makes for itself is made once. One photo shows that photos are measured.
    monkeypatch.setattr(loop, "FaceGenerator", lambda _, size: drawn[size][0])
    monkeypatch.setattr(loop, "draw_records", lambda made, shard, count: held_out[made])
    monkeypatch.setattr(loop, "build_layout", lambda model, chart: layout)
    monkeypatch.setattr(loop, "CoarseModel", lambda model, chart, weights: coarse)
    monkeypatch.setattr(loop, "load_photos", lambda folder: load_photos(folder)[:1])
    for name, count in (("HELD_OUT_FACES", 4), ("LEAST_FACES", 8), ("FACES_FOR_BASES", 8)):
        monkeypatch.setattr(loop, name, count)
    faces = drawn[320 if network == "resfcn256" else 160][1]
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    options = ["--buffer", faces, "--run", tmp_path / "run", "--generators", "0", "--batch", "2"]
    options += ["--network", network, "--face-model", face_model_file]

    def run(minutes: float) -> list[dict]:
        assert train.run(parser.parse_args([*map(str, options), "--minutes", str(minutes)])) == 0
        with (tmp_path / "run/log.csv").open() as log:
            return list(csv.DictReader(log))

    first, *_ = run(0.01)
    _, second = run(float(first["minutes"]) + 0.01)
    assert int(second["faces"]) > int(first["faces"])
    assert float(second["minutes"]) > float(first["minutes"])
    assert (tmp_path / "run/sheet.png").exists()
    bundle = load_bundle(tmp_path / "run/bundle")
    assert bundle.architecture == network
    assert bundle.record["training"]["faces_seen"] >= int(first["faces"])
    assert not [path for path in (tmp_path / "run").iterdir() if path.name.startswith(".")]


def test_training_does_not_start_on_an_empty_buffer(tmp_path):
    with pytest.raises(UsageError, match="no generated faces"):
        wait_for_faces(tmp_path, 500, [])


def test_training_waits_for_the_first_faces(generator, tmp_path, monkeypatch):
    monkeypatch.setattr(buffer, "WAIT_SECONDS", 0)

    class Drawing:
        """A generator that is alive until its shard lies there."""

        def is_alive(self) -> bool:
            if not buffer.find_shards(tmp_path):
                write_shard(generator, tmp_path, 0, count=1)
            return False

    wait_for_faces(tmp_path, 500, [Drawing()])
    assert buffer.Buffer(tmp_path).refresh() == 1


def test_a_broken_write_leaves_the_bundle_as_it_was(tmp_path):
    folder = tmp_path / "bundle"
    with replacing_folder(folder) as copy:
        (copy / "graph").write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing_folder(folder) as copy:
        (copy / "graph").write_text("new")
        raise KeyboardInterrupt
    assert (folder / "graph").read_text() == "old"
    with replacing_folder(folder) as copy:
        (copy / "record").write_text("new")
    assert sorted(path.name for path in folder.iterdir()) == ["graph", "record"]
    assert list(tmp_path.iterdir()) == [folder]
