//! The sentence of the page on dimensionality reduction.

use super::squeezed::{Activation, BENT, LINEAR, Squeezed, Way};
use super::squeezed_drawn::{PLANES, error};
use crate::recipes::clothes::NUMBERS;
use crate::viz::{Caption, View, words};

/// Share by which A may be away from what principal components reach to count as there.
const THERE: f64 = 0.05;

/// What is to be seen, once its numbers are there.
pub fn said(of: &Squeezed, view: &mut View<'_>) -> Option<Caption> {
    let components = of.error(view, Way::Components)?;
    let kept = words::percent(of.kept(view)?);
    let [linear, bent] = [LINEAR, BENT].map(|run| of.error(view, Way::Network(run)));
    let (linear, bent) = (linear?, bent?);
    let steps = view.player()?.target();
    let [at_pca, at_a, at_b] = PLANES;
    let code = of.asked.code;
    let numbers = words::plural(code, "number", "numbers");
    let reached = error(components);
    let spoiled = of.asked.noise > 0.0;
    if steps == 0 {
        let way = format!("{NUMBERS} numbers through {code}: [PCA](value {at_pca})");
        return Some(if code == 1 {
            Caption::broken(&format!(
                "One number keeps [{kept}](bad {at_pca}) of the variance: kinds fall on each other. [Eight numbers](good) keep \
                 more. Play, and see what a bend adds."
            ))
        } else if spoiled {
            Caption::plain(&format!(
                "Noise in, clean pictures wanted: [PCA](value {at_pca}) through {code} numbers leaves an error of \
                 [{reached}](value {at_pca}). Play, and see what learns to take it out."
            ))
        } else {
            let both = if of.asked.activation == Activation::Without {
                format!("[A](a {at_a}) and [B](b {at_b}) both learn without a bend.")
            } else {
                format!("[A](a {at_a}) learns without a bend, [B](b {at_b}) with one.")
            };
            Caption::plain(&format!(
                "{way} leaves an error of [{reached}](value {at_pca}) and keeps {kept} of the variance. Play: {both}"
            ))
        });
    }
    let text = format!(
        "After {steps} steps, {numbers}: [A, linear, {}](a {at_a}); PCA [{reached}](value {at_pca}); [B {}](b {at_b})",
        error(linear),
        error(bent),
    );
    let near = (linear / components - 1.0).abs() <= THERE;
    let less = 1.0 - bent / components;
    let share = words::percent(less.abs());
    Some(if code == 1 {
        Caption::broken(&format!(
            "{text}. One number is too few even with a bend: [Eight numbers](good) mend it."
        ))
    } else if spoiled {
        Caption::plain(&format!("{text}, on pictures with noise: the code has no room for it."))
    } else if near && less > THERE {
        Caption::good(&format!("{text}. A found the plane of PCA, B bends it: {share} less."))
    } else if near {
        Caption::plain(&format!("{text}. A found the plane of PCA; B has not left it."))
    } else {
        Caption::plain(&format!("{text}."))
    })
}
