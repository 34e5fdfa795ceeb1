//! Programs on pictures of other channels and depths: the same recipe, lowered and joined by the same rules.

use super::geometry::Geometry;
use super::program::{Canvas, Pass, Program};
use super::step::{Action, Step};
use super::{Pipeline, Taken};
use crate::image::{Deep, Planes};
use crate::kernels::{Tools, deep};
use crate::ops::Resampling;
use crate::units::{Border, FillMode, Interpolation};

impl Program {
    /// Runs the program, which was lowered from `recipe`, on `source`, which has the size that it was lowered for, and makes
    /// `target`.
    ///
    /// # Panics
    /// If a step does not serve the channels or the depth of `source`: [`Pipeline::cannot_serve`].
    pub fn run_deep(&self, recipe: &[Taken], source: &Deep, canvas: &mut Canvas, target: &mut Deep) {
        let Some((last, before)) = self.passes.split_last() else { return target.clone_from(source) };
        let Canvas { deep, tools, .. } = canvas;
        let [mut from, mut to] = deep.each_mut();
        for (i, pass) in before.iter().enumerate() {
            self.apply_deep(pass, recipe, if i == 0 { source } else { from }, tools, to);
            std::mem::swap(&mut from, &mut to);
        }
        self.apply_deep(last, recipe, if before.is_empty() { source } else { from }, tools, target);
    }

    fn apply_deep(&self, pass: &Pass, recipe: &[Taken], source: &Deep, tools: &mut Tools, target: &mut Deep) {
        target.reshape(pass.size(), source.planes());
        match pass {
            Pass::Resize { view, scaling } => {
                let seen = source.window().part(view.x, view.y, view.size);
                deep::resize(seen, scaling, &mut tools.deep.between, target);
            }
            Pass::Geometry(geometry) => geometry.run_deep(source, target),
            Pass::Remap { field, resampling: Resampling { interpolation, border }, .. } => {
                deep::remap(source.window(), field, (*interpolation, *border), &mut tools.deep.coordinates, target);
            }
            Pass::Tiles { tiles, .. } => deep::lay_tiles(source, tiles, target),
            Pass::Tones { range, .. } => deep::apply_tones(source, &self.tones[range.clone()], target),
            Pass::Apply { at, .. } => match &recipe[*at] {
                Taken::Op(drawn) => drawn.apply_deep(source, tools, target),
                Taken::Within(_) => unreachable!("invariant: the spec has none that serves three channels of 8 bits alone"),
            },
        }
    }
}

impl Geometry {
    fn run_deep(&self, source: &Deep, target: &mut Deep) {
        // A copy reads whole pixels.
        let border = Border { fill_mode: FillMode::Nearest, fill_value: [0; 3] };
        let copy = Resampling { interpolation: Interpolation::Nearest, border };
        let Resampling { interpolation, border } = self.resampling.unwrap_or(copy);
        let seen = source.window().part(self.view.x, self.view.y, self.view.size);
        deep::warp(seen, &self.map, (interpolation, border), target);
    }
}

impl Pipeline {
    /// Makes in `made` the picture after the steps that run once.
    pub fn prepare_deep(&self, picture: &Deep, canvas: &mut Canvas, made: &mut Deep) {
        let (recipe, program) = self.preparation(picture.size());
        program.run_deep(&recipe, picture, canvas, made);
    }

    /// Every step that does not serve pictures of these channels, as a problem with its place below `at`.
    pub fn cannot_serve(&self, at: &str, planes: Planes) -> Vec<String> {
        let mut problems = Vec::new();
        unserved(&self.steps, at, planes, &mut problems);
        problems
    }
}

fn unserved(steps: &[Step], at: &str, planes: Planes, problems: &mut Vec<String>) {
    for (i, step) in steps.iter().enumerate() {
        let at = format!("{at}[{i}]");
        let mut refuse = |what: &str| {
            let remedy = "leave the step out; `prebake ops NAME` says what each serves";
            problems.push(format!("{at} {}: serves only {what}, and pictures have {planes} ({remedy})", step.name()));
        };
        match &step.action {
            Action::Op(op) => {
                let serves = op.at(0).serves();
                if !serves.takes(planes) {
                    refuse(&format!("{} channels of {}", serves.channels(), serves.depths()));
                }
            }
            Action::Composition(composition) if composition.mixes() => refuse("3 channels of 8 bits"),
            Action::Composition(composition) => {
                let lists = composition.lists();
                lists.into_iter().for_each(|(field, steps)| unserved(steps, &format!("{at}.{field}"), planes, problems));
            }
        }
    }
}
