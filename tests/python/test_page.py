"""The page of a sheet in a real browser: it loads nothing, its sliders slide, and its pictures are the rows of a build."""

import base64
import io
import json
import os
import shutil
import subprocess

import numpy as np
import pytest
from conftest import ROOT
from PIL import Image
from selenium import webdriver
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

CSS = By.CSS_SELECTOR
PICTURES = ROOT / "fixtures" / "by_folder"
# Tall rows, so that tiles of one group differ in height from its source.
SPEC = {
    "version": 1,
    "seed": 5,
    "epochs": 3,
    "batch_size": 4,
    "pipeline": [
        {"op": "resize", "width": 140, "height": 260, "mode": "fill"},
        {"op": "rotate", "degrees": [-30, 30]},
        {"op": "horizontal_flip", "p": 0.5},
        {"op": "brightness", "delta": [-0.2, 0.2]},
    ],
}


@pytest.fixture(scope="module")
def browser():
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        missing = "needs chromium and its driver (Debian: apt-get install chromium chromium-driver)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    # A superuser, as in a container, has no sandbox; shared memory is small there.
    for flag in ["headless=new", "no-sandbox", "disable-dev-shm-usage", "force-device-scale-factor=1", "force-color-profile=srgb", "window-size=1100,900"]:
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with webdriver.Chrome(options, Service(driver)) as browser:
        yield browser


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    file = tmp_path_factory.mktemp("spec") / "spec.json"
    file.write_text(json.dumps(SPEC))
    return file


@pytest.fixture(scope="module")
def page(browser, prebake, spec, tmp_path_factory):
    """The page, open; a fresh one's log."""
    file = tmp_path_factory.mktemp("page") / "sheet.html"
    subprocess.run([prebake, "preview", PICTURES, "--spec", spec, "--images", "5", "--rows", "3", "-o", file], check=True)
    browser.get(file.as_uri())
    return browser


@pytest.fixture
def view(page):
    """The first picture that was made, with nothing over it."""
    view = page.find_element(CSS, ".made > .view")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", view)
    ActionChains(page).move_to_element(page.find_element(CSS, "h1")).perform()
    return view


def pixels(source):
    """What a data: URL holds."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.removeprefix("data:image/png;base64,")))))


def seen(element):
    return np.asarray(Image.open(io.BytesIO(element.screenshot_as_png)).convert("RGB"))


def apart(seen, there):
    """The mean difference without the rounded corners."""
    assert seen.shape == there.shape
    inner = (slice(4, -4), slice(4, -4))
    return np.abs(seen[inner].astype(int) - there[inner]).mean()


def test_nothing_is_loaded_and_nothing_fails(page):
    assert page.get_log("browser") == []
    sent = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    urls = [event["params"]["request"]["url"] for event in sent if event["method"] == "Network.requestWillBeSent"]
    assert urls and all(url.startswith(("file:", "data:")) for url in urls)
    assert sum(url.startswith("file:") for url in urls) == 1
    assert all(page.execute_script("return arguments[0].naturalWidth > 0", img) for img in page.find_elements(CSS, "img"))


def test_pictures_are_the_rows_of_a_build(page, prebake, spec, tmp_path):
    out = tmp_path / "out"
    subprocess.run([prebake, "build", PICTURES, "--spec", spec, "--out", out, "--batches-per-shard", "1", "-q"], check=True)
    paths = [json.loads(line)["path"] for line in (out / "samples.jsonl").read_text().splitlines()]
    rows = {}
    for shard in json.loads((out / "dataset.json").read_text())["splits"]["train"]["shards"]:
        images, sources = (np.load(out / shard["arrays"][name]["path"]) for name in ["images", "sources"])
        rows.update({(shard["epoch"], paths[source]): image for source, image in zip(sources, images)})
    sections = page.find_elements(CSS, "section")
    assert len(sections) == 5
    for section in sections:
        path = section.find_element(CSS, ".detail").text
        shown = [pixels(img.get_attribute("src")) for img in section.find_elements(CSS, "[data-made]")]
        assert len(shown) == 3
        for epoch, image in enumerate(shown):
            assert (image == rows[epoch, path]).all(), (path, epoch)


def test_the_slider_lays_before_over_after(page, view):
    slide = view.find_element(By.XPATH, "following-sibling::input")
    after = pixels(view.find_element(CSS, "[data-made]").get_attribute("src"))
    section = view.find_element(By.XPATH, "ancestor::section")
    before = pixels(section.find_element(CSS, "[data-before]").get_attribute("src"))
    assert np.abs(before.astype(int) - after).mean() > 5
    assert apart(seen(view), after) < 1
    slide.send_keys(Keys.END)
    assert slide.get_attribute("aria-valuetext") == "100 percent before"
    assert apart(seen(view), before) < 1
    slide.send_keys(Keys.HOME)
    assert apart(seen(view), after) < 1
    # Half way, either half is of its own picture.
    page.execute_script("arguments[0].value = 50; arguments[0].dispatchEvent(new Event('input'))", slide)
    half, middle = seen(view), before.shape[1] // 2
    assert apart(half[:, : middle - 4], before[:, : middle - 4]) < 1
    assert apart(half[:, middle + 4 :], after[:, middle + 4 :]) < 1
    slide.send_keys(Keys.HOME)


def test_one_slider_moves_all(page, view):
    every = page.find_element(CSS, "[data-all]")
    every.send_keys(Keys.END)
    assert {slide.get_attribute("value") for slide in page.find_elements(CSS, ".slide")} == {"100"}
    every.send_keys(Keys.HOME)
    assert {slide.get_attribute("value") for slide in page.find_elements(CSS, ".slide")} == {"0"}


def test_hovering_tells_the_recipe_and_escape_puts_it_away(page, view):
    tip = view.find_element(CSS, ".tip")
    assert not tip.is_displayed()
    ActionChains(page).move_to_element(view).perform()
    assert tip.is_displayed()
    recipe = [json.loads(line) for line in tip.text.splitlines()]
    assert [step["op"] for step in recipe if step["op"] != "horizontal_flip"] == ["rotate", "brightness"]
    width = page.execute_script("return document.documentElement.clientWidth")
    assert 0 <= tip.rect["x"] and tip.rect["x"] + tip.rect["width"] <= width
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    assert not tip.is_displayed()


def test_every_step_has_its_picture(page, view):
    figure = view.find_element(By.XPATH, "..")
    recipe = view.find_element(CSS, ".tip").get_attribute("textContent").splitlines()
    figure.find_element(CSS, "summary").click()
    steps = figure.find_elements(CSS, ".steps img")
    assert len(steps) == len(recipe) and all(step.is_displayed() for step in steps)
    last = pixels(steps[-1].get_attribute("src"))
    assert (last == pixels(view.find_element(CSS, "[data-made]").get_attribute("src"))).all()
    figure.find_element(CSS, "summary").click()


@pytest.mark.parametrize("width", [1600, 1100, 700, 420])
def test_tiles_stand_in_columns(page, width):
    page.set_window_size(width, 900)
    lefts = set()
    for section in page.find_elements(CSS, "section"):
        places = [(figure.rect["y"], figure.rect["x"]) for figure in section.find_elements(CSS, ".tiles > figure")]
        assert places == sorted(places)
        lines = [[x for y, x in places if y == line] for line in sorted({y for y, _ in places})]
        assert all(line == lines[0][: len(line)] for line in lines) and all(len(line) == len(lines[0]) for line in lines[:-1])
        lefts.add(lines[0][-1])
    assert len(lefts) == 1, "columns of differing width"
    assert page.execute_script("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.set_window_size(1100, 900)
