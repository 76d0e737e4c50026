//! PyTorch for each type of convolution.

use super::typed::{CHANNELS, DEFORMED, FRAMES, Kind, Spec};
use crate::settings::Choice;

/// A program that computes what a type computes, with weights drawn at random, and checks what is said of it. `side`:
/// rows and columns of the input.
pub fn python(kind: Kind, spec: &Spec, side: usize) -> String {
    let Spec { size: k, stride: s, dilation: d, padding: p, output_padding, groups: g, shift, .. } = spec;
    let c = CHANNELS;
    // As many as a narrow input has room for.
    let shift = (*shift).min(side.saturating_sub(6) / (FRAMES[0] - 1));
    let standard = format!("standard = nn.Conv2d({c}, {c}, {k}, padding={p}, bias=False)\n");
    let body = match kind {
        Kind::Standard => format!(
            "layer = nn.Conv2d({c}, {c}, {k}, padding={p}, bias=False)\n\
             y = layer(x)\n\
             assert layer.weight.numel() == {k} * {k} * {c} * {c}\n\
             \n\
             # By hand: all windows, times the weights, summed.\n\
             windows = F.unfold(x, {k}, padding={p})              # [1, {c}·{k}·{k}, places]\n\
             by_hand = (layer.weight.flatten(1) @ windows).view_as(y)\n\
             assert torch.allclose(y, by_hand, atol=1e-4)\n"
        ),
        Kind::Strided => format!(
            "layer = nn.Conv2d({c}, {c}, {k}, stride={s}, padding={p}, bias=False)\n\
             y = layer(x)\n\
             # Every {s}-th place of the layer at stride 1.\n\
             every = F.conv2d(x, layer.weight, padding={p})[..., ::{s}, ::{s}]\n\
             assert torch.allclose(y, every, atol=1e-4)\n"
        ),
        Kind::Dilated => format!(
            "layer = nn.Conv2d({c}, {c}, {k}, dilation={d}, padding={p}, bias=False)\n\
             y = layer(x)\n\
             # The same as a wide kernel with zeros between the taps.\n\
             span = {d} * ({k} - 1) + 1\n\
             wide = torch.zeros({c}, {c}, span, span)\n\
             wide[..., ::{d}, ::{d}] = layer.weight.detach()\n\
             assert torch.allclose(y, F.conv2d(x, wide, padding={p}), atol=1e-4)\n"
        ),
        Kind::Transposed => format!(
            "x = x[..., ::{s}, ::{s}]                            # a smaller input\n\
             layer = nn.ConvTranspose2d({c}, {c}, {k}, stride={s}, padding={p}, output_padding={output_padding}, bias=False)\n\
             y = layer(x)\n\
             assert y.shape[-1] == (x.shape[-1] - 1) * {s} - 2 * {p} + ({k} - 1) + {output_padding} + 1\n\
             \n\
             # How often each cell is written: a kernel of ones on ones, away from the borders.\n\
             ones = torch.ones(1, 1, 12, 12)\n\
             counts = F.conv_transpose2d(ones, torch.ones(1, 1, {k}, {k}), stride={s})\n\
             inner = counts[..., {k} - 1:counts.shape[-2] - {k} + 1, {k} - 1:counts.shape[-1] - {k} + 1]\n\
             print(\"written\", inner.min().item(), \"to\", inner.max().item(), \"times\")\n\
             assert (inner.min() == inner.max()) == ({k} % {s} == 0)\n"
        ),
        Kind::Spatial => format!(
            "column = nn.Conv2d({c}, {c}, ({k}, 1), padding=({p}, 0), bias=False)\n\
             row = nn.Conv2d({c}, {c}, (1, {k}), padding=(0, {p}), groups={c}, bias=False)\n\
             layer = nn.Sequential(column, row)\n\
             y = layer(x)\n\
             # A column times a row is a {k} x {k} kernel of rank 1.\n\
             whole = column.weight @ row.weight                  # [{c}, {c}, {k}, {k}]\n\
             assert torch.linalg.matrix_rank(whole).max() == 1\n\
             assert torch.allclose(y, F.conv2d(x, whole, padding={p}), atol=1e-4)\n"
        ),
        Kind::Deformable => deformable(spec),
        Kind::Pointwise => format!(
            "layer = nn.Conv2d({c}, {c}, 1, padding={p}, bias=False)\n\
             y = layer(x)\n\
             # A dense layer over the channels of each pixel.\n\
             dense = torch.einsum(\"oc,nchw->nohw\", layer.weight[:, :, 0, 0], F.pad(x, [{p}] * 4))\n\
             assert torch.allclose(y, dense, atol=1e-4)\n"
        ),
        Kind::Grouped => format!(
            "layer = nn.Conv2d({c}, {c}, {k}, padding={p}, groups={g}, bias=False)\n\
             y = layer(x)\n\
             # {g} layers side by side that never meet.\n\
             parts = zip(x.chunk({g}, 1), layer.weight.chunk({g}))\n\
             apart = torch.cat([F.conv2d(part, w, padding={p}) for part, w in parts], 1)\n\
             assert torch.allclose(y, apart, atol=1e-4)\n\
             assert layer.weight.numel() == {k} * {k} * {c} * {c} // {g}\n"
        ),
        Kind::Depthwise => format!(
            "layer = nn.Conv2d({c}, {c}, {k}, padding={p}, groups={c}, bias=False)\n\
             y = layer(x)\n\
             # Each channel by itself.\n\
             alone = [F.conv2d(x[:, i:i + 1], layer.weight[i:i + 1], padding={p}) for i in range({c})]\n\
             assert torch.allclose(y, torch.cat(alone, 1), atol=1e-4)\n"
        ),
        Kind::Separable => format!(
            "layer = nn.Sequential(\n\
             \x20   nn.Conv2d({c}, {c}, {k}, padding={p}, groups={c}, bias=False),  # depthwise\n\
             \x20   nn.Conv2d({c}, {c}, 1, bias=False),                         # then pointwise\n\
             )\n\
             y = layer(x)\n\
             {standard}\
             share = sum(w.numel() for w in layer.parameters()) / standard.weight.numel()\n\
             print(f\"{{share:.1%}} of the weights of standard\")\n\
             assert abs(share - (1 / {c} + 1 / {k} ** 2)) < 1e-9\n"
        ),
        Kind::Line => format!(
            "rows = x[0].transpose(0, 1)                         # each row is a sequence: [rows, {c}, columns]\n\
             layer = nn.Conv1d({c}, {c}, {k}, padding={p}, bias=False)\n\
             y = layer(rows)\n\
             # The same as a 2-D layer whose window is one row high.\n\
             flat = F.conv2d(x, layer.weight[:, :, None], padding=(0, {p}))\n\
             assert torch.allclose(y.transpose(0, 1), flat[0], atol=1e-4)\n"
        ),
        Kind::Causal => format!(
            "rows = x[0].transpose(0, 1)                         # each row is a sequence: [rows, {c}, columns]\n\
             layer = nn.Conv1d({c}, {c}, {k}, dilation={d}, bias=False)\n\
             ahead = {d} * ({k} - 1)                                   # zeros, all on the left\n\
             y = layer(F.pad(rows, [ahead, 0]))\n\
             assert y.shape[-1] == rows.shape[-1]\n\
             # What comes later changes nothing that came before.\n\
             half = rows.shape[-1] // 2\n\
             erased = rows.clone()\n\
             erased[..., half:] = 0\n\
             assert torch.equal(layer(F.pad(erased, [ahead, 0]))[..., :half], y[..., :half])\n"
        ),
        Kind::Volume => format!(
            "# {frames} frames: the picture, moved by {shift} pixels in each.\n\
             wide = x.shape[-1] - {way} * {shift}\n\
             frames = torch.stack([x[..., t * {shift}:t * {shift} + wide] for t in range({frames})], 2)\n\
             layer = nn.Conv3d({c}, {c}, ({time}, {k}, {k}), padding=(0, {p}, {p}), bias=False)\n\
             y = layer(frames)                                   # [1, {c}, {left}, rows, columns]\n\
             assert layer.weight.numel() == {time} * {k} * {k} * {c} * {c}\n\
             # One frame of the window at a time: a 2-D layer each, summed.\n\
             parts = [F.conv2d(frames[:, :, t], layer.weight[:, :, t], padding={p}) for t in range({time})]\n\
             assert torch.allclose(y[:, :, 0], sum(parts), atol=1e-4)\n",
            frames = FRAMES[0],
            way = FRAMES[0] - 1,
            time = FRAMES[1],
            left = FRAMES[0] + 1 - FRAMES[1],
        ),
    };
    let last = "print(tuple(y.shape), sum(w.numel() for w in layer.parameters()), \"weights\")\n";
    format!(
        "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\
         x = torch.rand(1, {c}, {side}, {side})                  # six channels; the weights are random\n\
         # {}\n{body}{}",
        kind.name(),
        if kind == Kind::Deformable { "print(tuple(y.shape), weight.numel(), \"weights\")\n" } else { last }
    )
}

/// The deformable type, by bilinear samples.
fn deformable(spec: &Spec) -> String {
    let (c, k, p) = (CHANNELS, DEFORMED, spec.padding);
    let numbers: Vec<String> = spec.offsets.iter().map(|by| format!("{by:?}")).collect();
    format!(
        "weight = torch.randn({c}, {c}, {k}, {k})\n\
         offsets = torch.tensor([{}]).view(-1, 2)\n\
         \n\
         def deformable(x, offsets):\n\
         \x20   high, wide = x.shape[-2] + 2 * {p} - {k} + 1, x.shape[-1] + 2 * {p} - {k} + 1\n\
         \x20   rows, columns = torch.arange(high)[:, None] - {p}, torch.arange(wide) - {p}\n\
         \x20   sum = 0\n\
         \x20   for tap, (down, across) in enumerate(offsets):\n\
         \x20       at_y = (rows + tap // {k} + down).expand(high, wide)\n\
         \x20       at_x = (columns + tap % {k} + across).expand(high, wide)\n\
         \x20       place = torch.stack([at_x / (x.shape[-1] - 1), at_y / (x.shape[-2] - 1)], -1) * 2 - 1\n\
         \x20       read = F.grid_sample(x, place[None], align_corners=True)  # bilinear, 0 outside\n\
         \x20       sum = sum + torch.einsum(\"oc,nchw->nohw\", weight[:, :, tap // {k}, tap % {k}], read)\n\
         \x20   return sum\n\
         \n\
         y = deformable(x, offsets)\n\
         # Without offsets it is the standard layer. A network predicts {} offsets at every place.\n\
         assert torch.allclose(deformable(x, 0 * offsets), F.conv2d(x, weight, padding={p}), atol=1e-2)\n",
        numbers.join(", "),
        2 * k * k
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibits::filters::Filter;

    #[test]
    fn every_type_has_a_program_with_its_numbers() {
        let spec = Spec {
            size: 5,
            stride: 3,
            dilation: 4,
            padding: 2,
            output_padding: 1,
            groups: 2,
            shift: 1,
            offsets: vec![0.25; 18],
            filter: Filter::Edges,
            angle: 0.0,
            own: vec![0.0; 9],
        };
        for kind in Kind::ALL.iter().copied() {
            let code = python(kind, &spec, 40);
            // With --nocapture they can be run.
            println!("{code}");
            assert!(code.contains("assert") && code.contains("torch.rand(1, 6, 40, 40)"), "{code}");
            assert!(!code.contains('\t') && !code.contains("{{"), "{}: {code}", kind.name());
        }
        assert!(python(Kind::Transposed, &spec, 10).contains("stride=3, padding=2, output_padding=1"));
        assert!(python(Kind::Causal, &spec, 10).contains("ahead = 4 * (5 - 1)"));
    }
}
