//! Two networks that differ in dropout alone.

use crate::choices;
use crate::exhibits::Recording;
use crate::exhibits::problem::Problem;
use crate::nn::Setup;
use crate::recipes::Fashion;

/// Steps of training, and after how many the networks are judged on so many batches of unseen pictures.
const STEPS: u64 = 300;
const JUDGED: (u64, usize) = (25, 2);

choices! {
    /// What the second network drops units behind.
    pub enum Place {
        /// Each of two dense layers.
        Dense = "dense layers",
        /// A convolution, before a dense layer.
        Conv = "convolution",
    }
}

impl Place {
    /// The network, with `drop` behind what units are dropped of.
    fn network(self, width: u32, drop: &str) -> String {
        match self {
            Self::Dense => format!("flatten, dense {width}, relu{drop}, dense {width}, relu{drop}"),
            Self::Conv => format!("conv 8 of 3x3 stride 2 pad 1, relu{drop}, flatten, dense {width}, relu"),
        }
    }

    /// Its size in words.
    pub fn size(self, width: u32) -> String {
        match self {
            Self::Dense => format!("2 × {width} units"),
            Self::Conv => format!("a convolution and {width} units"),
        }
    }

    /// Records that both learn the first `samples` pictures of clothes, one of them with a dropout of `p`.
    ///
    /// # Errors
    /// If one cannot be built.
    pub fn train(
        self,
        on: &mut Recording<'_>,
        [samples, width]: [u32; 2],
        p: f32,
        setup: Setup,
    ) -> Result<(), Problem> {
        let data = Fashion::carried().first([samples as usize, usize::MAX]);
        let with = self.network(width, &format!(", dropout {p}"));
        let networks = [("without dropout", self.network(width, "")), ("with dropout", with)];
        on.classify(data, &networks, setup)?;
        on.plan_steps(STEPS, JUDGED.0, Some(JUDGED.1));
        Ok(())
    }
}
