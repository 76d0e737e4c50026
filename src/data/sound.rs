//! A sound: real speech, as samples.

use std::sync::{Arc, LazyLock};

/// Bytes before the samples of a WAV file that holds nothing else.
const HEADER: usize = 44;

/// Samples of one microphone.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Samples a second.
    pub rate: usize,
    /// Samples within ±1.
    pub samples: Arc<[f32]>,
}

impl Sound {
    /// "And so, my fellow Americans", John F. Kennedy, 1961: 16,384 samples, 8,000 a second.
    pub fn kennedy() -> &'static Self {
        static SOUND: LazyLock<Sound> = LazyLock::new(|| Sound::of_wav(crate::asset!("sounds/kennedy.wav")));
        &SOUND
    }

    /// Reads what Python's `wave` writes: one channel of 16 bits.
    fn of_wav(bytes: &[u8]) -> Self {
        let (header, samples) = bytes.split_at(HEADER.min(bytes.len()));
        let rate = header.get(24..28).and_then(|rate| rate.try_into().ok()).map_or(0, u32::from_le_bytes);
        let sample = |pair: &[u8; 2]| f32::from(i16::from_le_bytes(*pair)) / 32_768.0;
        Self { rate: rate as usize, samples: samples.as_chunks().0.iter().map(sample).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recording_is_one_channel_of_speech() {
        let bytes = crate::asset!("sounds/kennedy.wav");
        assert_eq!(
            (&bytes[..4], &bytes[8..16], &bytes[36..40]),
            (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..])
        );
        assert_eq!([bytes[20], bytes[22], bytes[34]], [1, 1, 16], "PCM, one channel, 16 bits");
        let Sound { rate, samples } = Sound::kennedy();
        assert_eq!((*rate, samples.len()), (8000, 16_384));
        let loudest = samples.iter().fold(0.0_f32, |most, s| most.max(s.abs()));
        assert!((0.3..1.0).contains(&loudest), "{loudest}");
    }
}
