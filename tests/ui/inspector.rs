//! The inspector: the element under the pointer, its value, its arithmetic; a click pins it.

use std::collections::BTreeMap;

use egui::{Key, Pos2, pos2};
use glassbox::exhibits::{Topic, topic};
use glassbox::gpu::{DType, Tolerance, compare, reference};
use glassbox::viz::{Element, Explanation, Of};

use super::lent::lend;
use super::scene::{Scene, report};

/// Points between the places that are tried.
const STEP: f32 = 28.0;

/// Moves the pointer over the centre, from its middle outwards, until it is on an element that
/// `wanted` takes.
pub fn find(scene: &mut Scene, wanted: impl Fn(&mut Scene, Element) -> bool) -> Option<(Pos2, Element)> {
    let [left, top, right, bottom] = scene.centre_points();
    let middle = pos2((left + right) / 2.0, (top + bottom) / 2.0);
    let steps = |from: f32, to: f32| (0..((to - from) / STEP) as usize).map(move |i| from + STEP * i as f32);
    let mut places: Vec<Pos2> =
        steps(top, bottom).flat_map(|y| steps(left, right).map(move |x| pos2(x, y))).collect();
    places.sort_by(|a, b| a.distance(middle).total_cmp(&b.distance(middle)));
    places.into_iter().find_map(|pos| {
        scene.point_at(pos);
        let element = scene.app.shell.page().stage.inspection.element()?;
        wanted(scene, element).then_some((pos, element))
    })
}

/// What is known of the inspected element, once it has arrived.
pub fn explained(scene: &mut Scene) -> Explanation {
    scene.app.settle().unwrap();
    scene.app.shell.page().stage.inspection.explanation.clone().unwrap()
}

topics!(each what_is_pointed_at has_the_reference_s_value);

fn has_the_reference_s_value(topic: &'static Topic) {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic);
    let plan_of = |scene: &mut Scene, element: Element| {
        scene.app.shell.page().stage.session_of(element.of).map(|session| session.plan().clone())
    };
    let computed = |scene: &mut Scene, element: Element| {
        plan_of(scene, element).is_some_and(|plan| plan.producer(element.buf).is_some())
    };
    let of_plan = |scene: &mut Scene, element: Element| element.of == Of::Plan && computed(scene, element);
    let Some((_, element)) = find(&mut scene, of_plan).or_else(|| find(&mut scene, computed)) else {
        panic!("nothing computed under the pointer");
    };
    let plan = plan_of(&mut scene, element).unwrap();
    let found = explained(&mut scene);
    let (step, slot) = plan.producer(element.buf).unwrap();
    let kernel = plan.steps[step.0].kernel;
    let at = format!("{} [{}]", plan.buffers[element.buf.0].name, element.index);
    assert_eq!(found.kernel, kernel.name(), "{at}");
    assert!(!found.lines.is_empty() && !found.reads.is_empty(), "{at}: no arithmetic");
    assert!(
        found.reads.iter().all(|read| read.index < plan.buffers[read.buf.0].len),
        "{at}: reads past the end"
    );
    if element.of != Of::Plan {
        // What a network in training holds comes from steps before this one: its audit compares it.
        assert!(found.value.is_some_and(f32::is_finite), "{at}");
        return report(&gpu.take_errors());
    }
    let want = reference::run(&plan, &BTreeMap::new())[element.buf.0][element.index];
    let exact = kernel.outs()[slot].dtype == DType::U32;
    // Errors of the steps before add up, so ten times what one step may be off.
    let one = if exact { Tolerance::EXACT } else { kernel.tolerance() };
    let tolerance = Tolerance { abs: 10.0 * one.abs + 1e-5, rel: 10.0 * one.rel + 1e-5 };
    let got = found.value.unwrap_or(f32::NAN);
    assert!(compare(&[got], &[want], tolerance).ok, "{at}: {got} instead of the reference's {want}");
    report(&gpu.take_errors());
}

#[test]
fn a_convolution_is_written_out_down_to_its_value() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic("stride").unwrap());
    scene.app.shell.page().set("image=grid").unwrap();
    scene.app.settle().unwrap();
    let named = |name: &'static str| {
        move |scene: &mut Scene, element: Element| {
            scene.app.shell.page().stage.plan().unwrap().buffers[element.buf.0].name == name
        }
    };
    find(&mut scene, named("feature map")).unwrap();
    let found = explained(&mut scene);
    assert_eq!(found.kernel, "conv2d");
    let last = found.lines.last().unwrap();
    let value = glassbox::ops::arithmetic::number(found.value.unwrap().into());
    assert_eq!(last, &format!("= {value}"));
    // An input has a value and no arithmetic.
    find(&mut scene, named("grid")).unwrap();
    let found = explained(&mut scene);
    assert!(found.value.is_some() && found.kernel.is_empty() && found.lines.is_empty());
}

#[test]
fn a_click_pins_and_escape_lets_go() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic("pooling-types").unwrap());
    let (pos, element) = find(&mut scene, |_, _| true).unwrap();
    scene.click_at(pos);
    let pinned = |scene: &mut Scene| scene.app.shell.page().stage.inspection.pinned;
    assert_eq!(pinned(&mut scene).unwrap().element, element);
    // Away from all maps: what is pinned stays.
    scene.point_at(pos2(4.0, 4.0));
    scene.app.settle().unwrap();
    let inspection = &scene.app.shell.page().stage.inspection;
    assert_eq!(inspection.element(), Some(element));
    assert!(inspection.explanation.as_ref().is_some_and(|f| f.value.is_some()));
    scene.press(Key::Escape);
    assert_eq!(pinned(&mut scene), None);
    scene.app.settle().unwrap();
    let inspection = &scene.app.shell.page().stage.inspection;
    assert!(inspection.element().is_none() && inspection.explanation.is_none());
    // A second click on the same element lets go, too.
    scene.point_at(pos);
    scene.click_at(pos);
    assert_eq!(pinned(&mut scene).unwrap().element, element);
    scene.click_at(pos);
    assert_eq!(pinned(&mut scene), None);
}

#[test]
fn a_pinned_element_that_is_gone_is_let_go() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic("stride").unwrap());
    let big = |scene: &mut Scene, element: Element| {
        let plan = scene.app.shell.page().stage.plan().unwrap();
        plan.buffers[element.buf.0].name == "feature map" && element.index > 2000
    };
    let (pos, _) = find(&mut scene, big).unwrap();
    scene.click_at(pos);
    scene.point_at(pos2(4.0, 4.0));
    // 2 x 2 outputs are left.
    for assignment in ["image=grid", "stride=8"] {
        scene.app.shell.page().set(assignment).unwrap();
    }
    scene.app.settle().unwrap();
    let inspection = &scene.app.shell.page().stage.inspection;
    assert!(inspection.pinned.is_none() && inspection.explanation.is_none());
    assert!(gpu.take_errors().is_empty());
}
