//! What holds of the mechanisms, on the words that the page begins with, computed by the reference.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::mechanism::Mechanism;
use super::mechanisms::{Compared, Sentence, compare, grouped};
use super::projection::{Projection, project};
use super::recorded::{queries, real};
use super::recording::Settings;
use super::shown::HEADS;
use crate::exhibits::inputs::SENTENCE;
use crate::gpu::{Plan, Tensor, largest_difference, reference};
use crate::models::Encoder;
use crate::models::encoder::record_embeddings;
use crate::ops::attention::AttentionOptions;
use crate::ops::attention::scores::location_scores;
use crate::ops::layout::gather;
use crate::ops::matmul::{Gemm, matmul};

fn encoder() -> &'static Encoder {
    static ENCODER: OnceLock<Encoder> = OnceLock::new();
    ENCODER.get_or_init(Encoder::embedded)
}

fn settings() -> Settings {
    let options = AttentionOptions { heads: HEADS, ..AttentionOptions::default() };
    Settings { options, head: 5, reach: 2, groups: 4, entities: [2, 8] }
}

/// A sentence asked by `second`, on a plan.
fn sentence(plan: &mut Plan, second: &str) -> Sentence {
    let mut embedded = |text: &str| {
        let tokens = encoder().tokenizer.encode(text).unwrap();
        record_embeddings(plan, &encoder().model, &tokens).unwrap()
    };
    let (x, other) = (embedded(SENTENCE), embedded(second));
    let asks = queries(plan, &other, encoder()).unwrap();
    Sentence { qkv: real(plan, &x, encoder()).unwrap(), x, asks }
}

/// All mechanisms with these settings, and every value of the plan.
fn compared(second: &str, settings: &Settings) -> (Compared, Vec<Vec<f64>>) {
    let mut plan = Plan::new();
    let of = sentence(&mut plan, second);
    let compared = compare(&mut plan, &of, settings).unwrap();
    (compared, reference::run(&plan, &BTreeMap::new()))
}

/// The weights of a mechanism.
fn weights<'v>(compared: &Compared, values: &'v [Vec<f64>], mechanism: Mechanism) -> &'v [f64] {
    let (tensor, map) = &compared.of(mechanism).weights;
    let each: usize = tensor.shape.iter().rev().take(2).product();
    &values[tensor.buf.0][map * each..(map + 1) * each]
}

fn apart(a: &[f64], b: &[f64]) -> f64 {
    assert!(!a.is_empty());
    largest_difference(a, b)
}

#[test]
fn rows_sum_to_one_but_where_a_bell_lies_over_them() {
    for causal in [false, true] {
        let s = settings();
        let s = Settings { options: AttentionOptions { causal, ..s.options }, ..s };
        let (compared, values) = compared("Why did it stay?", &s);
        for looked in &compared.looked {
            let of = looked.mechanism;
            for (i, row) in weights(&compared, &values, of).chunks_exact(16).enumerate() {
                let sum: f64 = row.iter().sum();
                let bell = of == Mechanism::LocalP && sum <= 1.0 + 1e-9;
                assert!((sum - 1.0).abs() < 1e-9 || bell, "{of:?}, row {i}: {sum}");
                let ahead = row.iter().skip(i + 1).all(|weight| *weight == 0.0);
                assert!(ahead || !causal || of.is_cross() || of == Mechanism::LocalP, "{of:?}, row {i}");
            }
        }
    }
}

#[test]
fn a_window_hides_what_is_outside_and_a_wide_one_nothing() {
    let (compared_, values) = compared("Why did it stay?", &settings());
    for (index, weight) in weights(&compared_, &values, Mechanism::LocalM).iter().enumerate() {
        assert_eq!(*weight > 0.0, (index / 16).abs_diff(index % 16) <= 2);
    }
    let s = settings();
    let wide = Settings { reach: 16, options: AttentionOptions { causal: true, ..s.options }, ..s };
    let (compared, values) = compared("Why did it stay?", &wide);
    let full = weights(&compared, &values, Mechanism::Dot);
    assert!(apart(weights(&compared, &values, Mechanism::Sliding), full) < 1e-12);
    assert!(apart(weights(&compared, &values, Mechanism::LocalM), full) < 1e-12);
}

#[test]
fn a_sentence_that_asks_itself_attends_to_itself() {
    let (compared, values) = compared(SENTENCE, &settings());
    let full = weights(&compared, &values, Mechanism::Dot);
    assert!(apart(weights(&compared, &values, Mechanism::Cross), full) < 1e-12);
}

#[test]
fn concat_is_additive_and_linear_attention_is_its_weights_times_the_values() {
    let (compared, values) = compared("Why did it stay?", &settings());
    let of = |mechanism| weights(&compared, &values, mechanism);
    assert!(apart(of(Mechanism::Concat), of(Mechanism::Additive)) < 1e-12);
    let differs = &values[compared.linear.as_ref().unwrap().buf.0];
    assert!(differs[0] < 1e-12, "{differs:?}");
}

#[test]
fn groups_of_one_head_are_all_heads_and_one_group_is_multi_query() {
    let mut plan = Plan::new();
    let of = sentence(&mut plan, "Why did it stay?");
    let [q, k, v] = &of.qkv;
    let options = settings().options;
    let compared = compare(&mut plan, &of, &settings()).unwrap();
    let mut made = |groups| grouped(&mut plan, [q, k, v], groups, None, &options).unwrap();
    let ([_, all, output], [_, one, _]) = (made(HEADS), made(1));
    let values = reference::run(&plan, &BTreeMap::new());
    let value = |x: &Tensor| &values[x.buf.0][..];
    assert!(apart(value(&all), value(&compared.layer.probabilities)) < 1e-12);
    assert!(apart(value(&output), value(&compared.layer.output)) < 1e-12);
    assert_eq!(value(&one), value(&compared.of(Mechanism::MultiQuery).weights.0));
}

#[test]
fn scores_by_position_stay_when_other_words_are_exchanged() {
    let mut plan = Plan::new();
    let of = sentence(&mut plan, "Why did it stay?");
    let order: Vec<u32> = (0..16)
        .map(|i| match i {
            2 => 8,
            8 => 2,
            i => i,
        })
        .collect();
    let ids = plan.constant("order", &[16], order);
    let exchanged = gather(&mut plan, &of.x, &ids, 0).unwrap();
    let w: Vec<f32> = (0..32 * 384).map(|i| (i as f32 * 0.37).sin()).collect();
    let w = plan.constant("w", &[32, 384], w);
    let [a, b] = [&of.x, &exchanged].map(|x| location_scores(&mut plan, x, &w, 16).unwrap());
    let values = reference::run(&plan, &BTreeMap::new());
    for row in (0..16).filter(|row| ![2, 8].contains(row)) {
        let of = |x: &Tensor| values[x.buf.0][row * 16..(row + 1) * 16].to_vec();
        assert_eq!(of(&a), of(&b), "row {row}");
    }
}

#[test]
fn without_a_head_exactly_its_part_of_the_output_is_missing() {
    let mut plan = Plan::new();
    let of = sentence(&mut plan, "Why did it stay?");
    let compared = compare(&mut plan, &of, &settings()).unwrap();
    let layer = encoder().model.layer(0).unwrap();
    let muted: Vec<bool> = (0..HEADS).map(|head| head == 2 || head == 6).collect();
    let Projection { added, whole, gone, .. } =
        project(&mut plan, &compared.layer.output, &layer.attention_output, &muted).unwrap();
    let projection = &layer.attention_output;
    let w = plan.constant("w", &[384, 384], projection.w.clone());
    let b = plan.constant("b", &[384], projection.b.clone());
    let output = &compared.layer.output;
    let intact = matmul(&mut plan, output, &w, Some(&b), &Gemm::NT).unwrap();
    let mask: Vec<f32> = (0..384).map(|i| f32::from(u8::from(!muted[i / 32]))).collect();
    let mask = plan.constant("mask", &[384], mask);
    let silenced =
        crate::ops::binary::binary(&mut plan, output, &mask, crate::ops::binary::Op::Multiply).unwrap();
    let silenced = matmul(&mut plan, &silenced, &w, Some(&b), &Gemm::NT).unwrap();
    let values = reference::run(&plan, &BTreeMap::new());
    let value = |x: &Tensor| values[x.buf.0].clone();
    assert!(apart(&value(&whole), &value(&intact)) < 1e-9);
    let less: Vec<f64> = value(&whole).iter().zip(value(&gone)).map(|(a, b)| a - b).collect();
    assert!(apart(&less, &value(&silenced)) < 1e-9);
    let parts = value(&added);
    let both: Vec<f64> = (0..16 * 384).map(|i| parts[2 * 16 * 384 + i] + parts[6 * 16 * 384 + i]).collect();
    assert!(apart(&both, &value(&gone)) < 1e-9);
}

/// How much of two tables of weights is alike, in rows of 16.
fn alike(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.min(*b)).sum::<f64>() / 16.0
}

#[test]
fn what_was_taught_agrees_with_its_head_on_a_sentence_that_it_has_not_seen() {
    let (compared, values) = compared("Why did it stay?", &settings());
    let of = |mechanism| weights(&compared, &values, mechanism);
    let (head, even) = (of(Mechanism::Dot), vec![1.0 / 16.0; 256]);
    let chance = alike(head, &even);
    for mechanism in [Mechanism::General, Mechanism::Additive, Mechanism::Location, Mechanism::Convolved] {
        let alike = alike(head, of(mechanism));
        println!("{mechanism:?}: {alike:.3}, evenly spread {chance:.3}");
        assert!(alike > chance + 0.05, "{mechanism:?}: {alike:.3}, evenly spread {chance:.3}");
    }
    // The relation of the two marked words answers: "cross".
    let rows = of(Mechanism::Entity).chunks_exact(16);
    let most = |row: &[f64]| (0..16).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
    let right = rows.filter(|row| most(row) == 6).count();
    println!("{right} of 16 words look at the relation");
    assert!(right >= 9, "{right} of 16 words look at the relation");
}
