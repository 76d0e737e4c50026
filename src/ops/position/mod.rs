//! Where a token stands: sinusoidal and learned embeddings, rotary embedding, linear biases.
//!
//! Learned embeddings are rows of a table: `layout::narrow` where positions follow each other, `embed`
//! where ids name them.

mod alibi;
mod rotary;
mod sinusoids;

pub use alibi::{ALIBI, Alibi, alibi};
pub use rotary::{
    ROTARY_EMBEDDING, ROTARY_EMBEDDING_TERMS, RotaryEmbedding, RotarySettings, rotary_embedding,
};
pub use sinusoids::{SINUSOIDS, Sinusoids, rotary_tables, sinusoidal};

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gpu::{Plan, reference};

    #[test]
    fn known_values() {
        let mut plan = Plan::new();
        let pe = sinusoidal(&mut plan, [1, 2], 4, 10_000.0).unwrap();
        let bias = alibi(&mut plan, [2, 1, 3]).unwrap();
        let values = reference::run(&plan, &BTreeMap::new());
        let want = [1.0_f64.sin(), 1.0_f64.cos(), 0.01_f64.sin(), 0.01_f64.cos(), 2.0_f64.sin()];
        for (got, want) in values[pe.buf.0].iter().zip(want) {
            assert!((got - want).abs() < 1e-8);
        }
        assert_eq!(values[bias.buf.0], [-0.125, -0.0625, 0.0, -2.0 / 256.0, -1.0 / 256.0, 0.0]);
    }

    #[test]
    fn products_of_rotated_vectors_depend_on_the_distance_alone() {
        let mut plan = Plan::new();
        let one: Vec<f32> = vec![0.3, -1.0, 0.7, 0.2];
        let x = plan.constant("x", &[1, 1, 6, 4], one.repeat(6));
        let [cosine, sine] = rotary_tables(&mut plan, [0, 6], 4, 100.0).unwrap();
        let y = rotary_embedding(&mut plan, &x, [&cosine, &sine], None, &RotarySettings::default()).unwrap();
        let values = reference::run(&plan, &BTreeMap::new());
        let row = |t: usize| &values[y.buf.0][t * 4..][..4];
        let dot = |a: usize, b: usize| row(a).iter().zip(row(b)).map(|(a, b)| a * b).sum::<f64>();
        assert!((dot(0, 2) - dot(3, 5)).abs() < 1e-6 && (dot(0, 2) - dot(0, 3)).abs() > 1e-3);
    }

    #[test]
    fn impossible_settings_are_refused() {
        let mut plan = Plan::new();
        assert!(sinusoidal(&mut plan, [0, 4], 3, 10_000.0).is_err());
        assert!(sinusoidal(&mut plan, [0, 4], 4, 0.0).is_err());
        assert!(alibi(&mut plan, [0, 1, 1]).is_err());
        let rotary = |x: &[usize], table: &[usize], settings| {
            RotaryEmbedding::new(x, [table; 2], None, &settings).is_err()
        };
        let all = RotarySettings::default();
        assert!(!rotary(&[1, 2, 3, 4], &[3, 2], all));
        assert!(rotary(&[1, 2, 3, 4], &[4, 2], all));
        assert!(rotary(&[1, 3, 8], &[3, 2], all));
        assert!(rotary(&[1, 2, 3, 4], &[3, 2], RotarySettings { turned: Some(3), ..all }));
    }
}
