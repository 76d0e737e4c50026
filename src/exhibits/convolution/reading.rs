//! Which cells of an input the windows of a convolution read.

use crate::ops::conv::Conv2d;

/// Whether input position `at` is read along an axis: whether the last window that begins at or
/// before it reaches it.
fn is_read(at: u32, outputs: u32, stride: u32, size: u32, pad: u32) -> bool {
    let at = at + pad;
    let window = (at / stride).min(outputs - 1);
    at < window * stride + size
}

/// Share of input cells that no window reads, of a convolution without dilation.
pub fn unread(p: &Conv2d) -> f64 {
    let rows = (0..p.h).filter(|&i| is_read(i, p.oh, p.stride[0], p.r, p.pad[0])).count();
    let columns = (0..p.w).filter(|&i| is_read(i, p.ow, p.stride[1], p.s, p.pad[1])).count();
    1.0 - (rows * columns) as f64 / (f64::from(p.h) * f64::from(p.w))
}

#[cfg(test)]
mod tests {
    use super::is_read;

    #[test]
    fn a_position_is_read_if_any_window_covers_it() {
        for (outputs, stride, size, pad) in
            [(3, 4, 3, 0), (6, 2, 3, 1), (2, 8, 1, 0), (5, 1, 11, 6), (1, 3, 2, 0)]
        {
            for at in 0..40 {
                let covered = (0..outputs).any(|o| (o * stride..o * stride + size).contains(&(at + pad)));
                assert_eq!(
                    is_read(at, outputs, stride, size, pad),
                    covered,
                    "{at} {outputs} {stride} {size} {pad}"
                );
            }
        }
    }
}
