//! A waveform that sounds a little like speech: vowels from a source and filters.
//!
//! A train of pulses at the pitch of a voice, falling through the sentence, runs through three
//! resonances a vowel, their frequencies after Peterson and Barney (1952). Source and filter: Fant 1960.

use std::f32::consts::TAU;

use crate::ops::philox::Rng;

/// Vowels: letter, then the first three resonances in Hz.
const VOWELS: [(&str, [f32; 3]); 5] = [
    ("a", [730.0, 1090.0, 2440.0]),
    ("e", [530.0, 1840.0, 2480.0]),
    ("i", [270.0, 2290.0, 3010.0]),
    ("o", [570.0, 840.0, 2410.0]),
    ("u", [300.0, 870.0, 2240.0]),
];

/// A waveform and what is said in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Speech {
    /// Samples a second.
    pub rate: usize,
    /// Samples within ±1.
    pub samples: Vec<f32>,
    /// Each vowel and the sample at which it begins.
    pub vowels: Vec<(&'static str, usize)>,
}

/// `count` vowels of 0.25 s with short breaks between them, at `rate` samples a second.
pub fn speech(count: usize, rate: usize, seed: u64) -> Speech {
    let mut rng = Rng::new(seed);
    let long = rate / 4;
    let gap = rate / 20;
    let mut out = Speech { rate, samples: Vec::new(), vowels: Vec::new() };
    let mut phase = 0.0_f32;
    for i in 0..count {
        let (name, formants) = VOWELS[rng.below(VOWELS.len() as u32) as usize];
        out.vowels.push((name, out.samples.len()));
        let mut state = [[0.0_f32; 2]; 3];
        for n in 0..long {
            let through = (i * long + n) as f32 / (count * long) as f32;
            // The pitch falls, and wavers a little.
            let pitch = 130.0 - 40.0 * through + 3.0 * (TAU * 5.0 * n as f32 / rate as f32).sin();
            phase += pitch / rate as f32;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 } + 0.003 * rng.normal();
            phase = phase.fract();
            let mut signal = 0.0;
            for (k, (formant, y)) in formants.into_iter().zip(&mut state).enumerate() {
                // A resonance of 80 Hz width: two poles at radius r.
                let r = (-std::f32::consts::PI * 80.0 / rate as f32).exp();
                let next = 2.0 * r * (TAU * formant / rate as f32).cos() * y[0] - r * r * y[1] + pulse;
                *y = [next, y[0]];
                signal += next / [1.0, 2.0, 4.0][k];
            }
            // Fades in and out over 20 ms.
            let edge = (n.min(long - n) as f32 / (rate as f32 * 0.02)).min(1.0);
            out.samples.push(signal * edge);
        }
        out.samples.extend(std::iter::repeat_n(0.0, gap));
    }
    let peak = out.samples.iter().fold(1e-6_f32, |m, s| m.max(s.abs()));
    out.samples.iter_mut().for_each(|s| *s *= 0.9 / peak);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Power at a frequency, by Goertzel's filter.
    fn power(x: &[f32], hz: f32, rate: usize) -> f32 {
        let c = 2.0 * (TAU * hz / rate as f32).cos();
        let (a, b) = x.iter().fold((0.0, 0.0), |(a, b), &v| (v + c * a - b, a));
        a * a + b * b - c * a * b
    }

    #[test]
    fn a_vowel_has_its_power_near_its_resonances() {
        let speech = speech(12, 8000, 4);
        assert!(speech.samples.iter().all(|s| s.abs() <= 0.9001));
        for &(name, start) in &speech.vowels {
            let (_, formants) = VOWELS.iter().find(|v| v.0 == name).unwrap();
            let x = &speech.samples[start..start + 2000];
            let near = |hz: f32| (-8..=8).map(|k| power(x, hz + 10.0 * k as f32, 8000)).sum::<f32>();
            assert!(near(formants[0]) > 4.0 * near(1500.0), "{name}");
        }
    }

    #[test]
    fn it_depends_on_the_seed_alone() {
        assert_eq!(speech(3, 8000, 1), speech(3, 8000, 1));
        assert_ne!(speech(3, 8000, 1).samples, speech(3, 8000, 2).samples);
    }
}
