//! Results that anyone can work out by hand.

use glassbox::gpu::{DType, Plan, Runtime, Session};
use glassbox::ops::OpError;
use glassbox::ops::conv::{Conv, Conv2d, conv2d};

fn output(input: usize, window: usize, conv: Conv) -> Result<[u32; 2], OpError> {
    let p = Conv2d::new(&[1, 1, input, input], &[1, 1, window, window], false, &conv)?;
    Ok([p.oh, p.ow])
}

fn stride(step: usize) -> Conv {
    Conv { stride: [step; 2], ..Conv::default() }
}

#[test]
fn seven_by_seven_through_three_by_three() {
    assert_eq!(output(7, 3, stride(1)), Ok([5, 5]));
    assert_eq!(output(7, 3, stride(2)), Ok([3, 3]));
    // A window that does not fit once more is left out: (7 - 3) / 3 is no whole number.
    assert_eq!(output(7, 3, stride(3)), Ok([2, 2]));
}

#[test]
fn same_padding_keeps_the_size_and_dilation_widens_the_window() {
    let same = Conv { pad: [1; 4], ..Conv::default() };
    assert_eq!(output(7, 3, same), Ok([7, 7]));
    let dilated = Conv { dilation: [2; 2], ..Conv::default() };
    assert_eq!(output(7, 3, dilated), Ok([3, 3]));
}

#[test]
fn a_window_larger_than_the_input_is_explained() {
    let error = output(2, 3, stride(1)).unwrap_err();
    assert!(matches!(error, OpError::WindowTooLarge { span: 3, padded: 2, .. }), "{error:?}");
    assert!(error.to_string().contains("raise the padding"));
}

/// Runs a convolution of one channel on the reference.
fn convolve(image: &[f32], side: usize, weights: &[f32], conv: &Conv) -> Vec<f32> {
    let window = weights.len().isqrt();
    let mut plan = Plan::new();
    let x = plan.constant("image", &[1, 1, side, side], image.to_vec());
    let w = plan.constant("weights", &[1, 1, window, window], weights.to_vec());
    let y = conv2d(&mut plan, &x, &w, None, conv).unwrap();
    assert_eq!(y.dtype, DType::F32);
    let session = Session::new(&Runtime::Reference, plan, &Default::default()).unwrap();
    session.run();
    session.read(y.buf).unwrap()
}

#[test]
fn a_one_in_the_middle_copies_the_image() {
    let image: Vec<f32> = (0..49).map(|i| i as f32 - 20.0).collect();
    let mut delta = [0.0; 9];
    delta[4] = 1.0;
    let same = Conv { pad: [1; 4], ..Conv::default() };
    assert_eq!(convolve(&image, 7, &delta, &same), image);
}

#[test]
fn the_kernel_is_not_turned() {
    // A one at the top left fetches the pixel above and to the left.
    let image: Vec<f32> = (1..=9).map(|i| i as f32).collect();
    let mut corner = [0.0; 9];
    corner[0] = 1.0;
    let same = Conv { pad: [1; 4], ..Conv::default() };
    assert_eq!(convolve(&image, 3, &corner, &same), [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 4.0, 5.0]);
}

#[test]
fn what_topics_promise_holds_on_the_reference() {
    super::topics::hold(&Runtime::Reference);
}
