//! What is looked at in a network in training: it follows the parameters and leaves them alone.

use glassbox::gpu::{Data, Runtime};
use glassbox::nn::{Contender, Pace, Player, Watch};
use glassbox::recipes::{DataChoice, recipe};

use super::adapter::shared;
use super::player::{A, losses, pictures, played, settle, setup, spiral};

#[test]
fn inputs_that_stay_and_statistics_follow_the_parameters() {
    let Some(gpu) = shared() else { return };
    let mut player = Player::new(&Runtime::Gpu(gpu.clone()), &[spiral("a", 1e-2)]).unwrap();
    let grid: Vec<f32> = (0..18).map(|i| i as f32 / 9.0 - 1.0).collect();
    let look = player.look_at(A, &Data::from(grid.clone()), &[9, 2], false).unwrap();
    player.plan_steps(30);
    let check = |player: &Player| {
        let looking = player.looking(look).unwrap();
        let got = looking.session().read(looking.output().buf).unwrap();
        let run = player.run(A);
        let mut rows: Vec<Vec<f64>> =
            grid.chunks(2).map(|p| p.iter().map(|&v| f64::from(v)).collect()).collect();
        for (i, layer) in run.layers().iter().enumerate() {
            let [w, b] = [0, 1].map(|p| looking.weight(layer.params[p]));
            let [w, b] = [w, b].map(|t| looking.session().read(t.buf).unwrap());
            let inputs = rows[0].len();
            for row in &mut rows {
                let sum = |o: usize| {
                    let products = (0..inputs).map(|i| row[i] * f64::from(w[o * inputs + i]));
                    products.sum::<f64>() + f64::from(b[o])
                };
                let y = (0..b.len()).map(sum);
                *row = if i < 2 { y.map(f64::tanh).collect() } else { y.collect() };
            }
        }
        let want: Vec<f64> = rows.concat();
        for (g, w) in got.iter().zip(&want) {
            assert!((f64::from(*g) - w).abs() <= 1e-4, "{g} {w}");
        }
        got
    };
    let watched = |player: &mut Player| {
        player.watch(A).unwrap();
        settle(player, gpu, Pace::Fixed(7));
        player.watch(A).unwrap().unwrap()
    };
    assert_eq!(watched(&mut player).step, 0);
    let before = check(&player);
    player.play();
    settle(&mut player, gpu, Pace::Fixed(7));
    let after = check(&player);
    assert_ne!(before, after);
    let statistics = watched(&mut player);
    assert_eq!(statistics.step, 30);
    let waited = Watch::new(player.run(A).trainer()).unwrap().look().unwrap();
    assert_eq!(*statistics.statistics, waited);
    assert!(!player.busy(), "asked again at the same step, nothing is to do");
    player.show(0);
    settle(&mut player, gpu, Pace::Fixed(7));
    assert_eq!(check(&player), before);
    player.look_away(look);
    assert!(player.looking(look).is_none());
    let words = player.look_at(A, &Data::from(vec![0.0_f32; 3]), &[1, 3], false).map(|_| ()).unwrap_err();
    assert!(words.to_string().contains("[1, 3]"), "{words}");
    let task = (recipe("bahdanau-copy").unwrap().task)(&DataChoice::default()).unwrap();
    let mut player = Player::new(player.runtime(), &[Contender::new("a", task, setup(1e-2))]).unwrap();
    let words = player.look_at(A, &Data::from(vec![0.0_f32; 3]), &[1, 3], false).map(|_| ()).unwrap_err();
    assert!(words.to_string().contains("makes its inputs itself"), "{words}");
}

#[test]
fn a_look_at_training_leaves_running_statistics_alone() {
    let Some(gpu) = shared() else { return };
    let picture = Data::from((0..2 * 784).map(|i| (i % 29) as f32 / 29.0).collect::<Vec<_>>());
    let mut looked = Player::new(&Runtime::Gpu(gpu.clone()), &[pictures()]).unwrap();
    let looks = [false, true].map(|training| looked.look_at(A, &picture, &[2, 1, 28, 28], training).unwrap());
    looked.plan_steps(20);
    looked.play();
    settle(&mut looked, gpu, Pace::Fixed(1));
    assert_eq!(losses(&looked, A), losses(&played(gpu, &[pictures()], 20), A));
    let mask = |look| {
        let looking = looked.looking(look).unwrap();
        let layer = looking.layers().iter().find(|l| l.name == "dropout1").unwrap();
        layer.extra("mask").map(|mask| looking.session().read(mask.buf).unwrap())
    };
    let dropped = mask(looks[1]).unwrap().iter().filter(|m| **m == 0.0).count();
    assert!(mask(looks[0]).is_none() && dropped > 0, "{dropped}");
}
