//! ViT and DeiT under the names of timm, torchvision and transformers: patches as tokens, then layers of attention and
//! perceptron, then a dense layer on the class token.
//!
//! Tokens are rows `[T, D]`, since there is one picture. How many heads share D is not in the weights: a `config.json` beside
//! them says it, or it is that of the published sizes. Sources: Dosovitskiy et al., "An image is worth 16x16 words", 2020;
//! Touvron et al., "Training data-efficient image transformers & distillation through attention", 2020.

use super::beside::Config;
use super::graph::{Attribute, Graph, INPUT, Sweep};
use super::vit_names::{self as names, Attention, Names};
use crate::models::network::{InputSettings, MAX_INPUT_SIDE, Network};
use crate::models::onnx::{Array, Elem};
use crate::models::weights::{WeightError, WeightFile};

// The tensors by which the libraries are known.
pub(super) const TIMM: &str = "patch_embed.proj.weight";
pub(super) const TORCHVISION: &str = "encoder.layers.encoder_layer_0.self_attention.in_proj_weight";
pub(super) const HUGGING_FACE_VIT: &str = "vit.embeddings.patch_embeddings.projection.weight";
pub(super) const HUGGING_FACE_DEIT: &str = "deit.embeddings.patch_embeddings.projection.weight";
pub(super) const HUGGING_FACE: &str = "embeddings.patch_embeddings.projection.weight";

/// Numbers of a head in all published networks but the largest ones.
const HEAD: usize = 64;
/// Widths of these, which sixteen heads share.
const SIXTEEN: [usize; 3] = [1280, 1408, 1664];
/// The letters that published sizes are known by.
const LETTERS: [(usize, &str); 5] = [(192, "Ti"), (384, "S"), (768, "B"), (1024, "L"), (1280, "H")];

pub(super) fn timm(file: &WeightFile, prefix: &str) -> Result<Network, WeightError> {
    // Others cut pictures into patches too.
    if file.shape(&format!("{prefix}blocks.0.attn.qkv.weight")).is_err() {
        return Err(WeightError::Family { file: file.name().to_owned() });
    }
    read(&names::TIMM, file, prefix)
}

pub(super) fn torchvision(file: &WeightFile, prefix: &str) -> Result<Network, WeightError> {
    read(&names::TORCHVISION, file, prefix)
}

pub(super) fn hugging_face_vit(file: &WeightFile, prefix: &str) -> Result<Network, WeightError> {
    read(&names::HUGGING_FACE_VIT, file, prefix)
}

pub(super) fn hugging_face_deit(file: &WeightFile, prefix: &str) -> Result<Network, WeightError> {
    read(&names::HUGGING_FACE_DEIT, file, prefix)
}

pub(super) fn hugging_face(file: &WeightFile, prefix: &str) -> Result<Network, WeightError> {
    read(&names::HUGGING_FACE, file, prefix)
}

/// Sizes that all blocks have in common.
struct Sizes {
    tokens: usize,
    width: usize,
    heads: usize,
    epsilon: f32,
}

fn read(names: &Names, file: &WeightFile, prefix: &str) -> Result<Network, WeightError> {
    let mut graph = Graph::new(file, prefix);
    let g = &mut graph;
    let at = |part: &str| format!("{}{part}", names.base);
    let kernels = format!("{}.weight", at(names.patches));
    let patch = g.shape(&kernels)?.get(2).copied().unwrap_or(1);
    let sweep = Sweep { stride: patch as i64, pad: Some(0) };
    let x = g.biased_conv("patches", INPUT, &at(names.patches), sweep)?;
    let [width, channels, ..] = *g.shape(&kernels)? else { unreachable!("a convolution has four axes") };
    // Squares, or else they would lie over each other.
    g.shaped(&kernels, &[width.max(1), channels, patch.max(1), patch.max(1)])?;

    let mut rows = vec![g.reshaped(&at(names.class_token), &[1, 1, width], &[1, width])?];
    let distillation = at(names.distillation_token);
    if g.has(&distillation) {
        rows.push(g.reshaped(&distillation, &[1, 1, width], &[1, width])?);
    }
    let positions = g.shape(&at(names.positions))?.get(1).copied().unwrap_or(0);
    // No more patches than the largest picture has.
    let most = (MAX_INPUT_SIDE as usize / patch.max(1)).max(1);
    let side = positions.saturating_sub(rows.len()).isqrt().clamp(1, most);
    let tokens = side * side + rows.len();
    let positions = g.reshaped(&at(names.positions), &[1, tokens, width], &[tokens, width])?;
    let x = reshape(g, "patches in a row", &x, &[width, side * side]);
    rows.push(g.node("patches as tokens", "Transpose", &[&x], &[Attribute::Ints("perm", &[1, 0])]));
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let x = g.node("class token and patches", "Concat", &rows, &[Attribute::Int("axis", 0)]);
    let mut x = g.node("add positions", "Add", &[&x, &positions], &[]);

    let config = Config::of(file, width)?;
    let heads = heads(g, &config, width, file)?;
    let sizes = Sizes { tokens, width, heads, epsilon: config.epsilon.unwrap_or(names.epsilon) };
    let mut block = 0;
    while block == 0 || g.holds(&format!("{}{block}.", at(names.block))) {
        x = layer(g, names, block, &x, &sizes)?;
        block += 1;
    }
    let x = layer_norm(g, "last norm", &x, &at(names.norm), &sizes)?;
    classify(g, names, &x, rows.len() - 1, width)?;
    g.leave(&at("pooler."), "the pooler behind the last layer is left out, since no class comes from it");

    let mut input = InputSettings { crop: names.crop, ..InputSettings::default() };
    (input.width, input.height) = ((side * patch) as u32, (side * patch) as u32);
    if names.to_one && rows.len() == 2 {
        (input.mean, input.std) = ([127.5; 3], [127.5; 3]);
    }
    if !config.normalise(file, &mut input) {
        g.assume(if input.mean == [127.5; 3] {
            "pictures from −1 to 1, as most weights of ViT read them; DeiT's read ImageNet's mean and spread"
        } else {
            "pictures with ImageNet's mean and spread"
        });
    }
    let letter = LETTERS.iter().find(|(own, _)| *own == width).map(|(_, letter)| *letter);
    let kind = if rows.len() == 3 { "DeiT" } else { "ViT" };
    let size = letter.map_or_else(|| width.to_string(), str::to_owned);
    graph.finish(&format!("{kind}-{size}/{patch}"), input, side * patch)
}

/// How many heads share the width: what is said beside the weights, or the published number.
fn heads(g: &mut Graph<'_>, config: &Config, width: usize, file: &WeightFile) -> Result<usize, WeightError> {
    if let Some(heads) = config.heads.filter(|&heads| heads > 0 && width.is_multiple_of(heads)) {
        return Ok(heads);
    }
    let heads = match width {
        _ if SIXTEEN.contains(&width) => 16,
        _ if width.is_multiple_of(HEAD) => width / HEAD,
        _ => return Err(WeightError::Heads { width, file: file.name().to_owned() }),
    };
    g.assume(&format!("{heads} heads, as published networks of the width {width} have them"));
    Ok(heads)
}

/// `x + attention(norm(x))`, then `x + perceptron(norm(x))`.
fn layer(
    g: &mut Graph<'_>,
    names: &Names,
    block: usize,
    x: &str,
    sizes: &Sizes,
) -> Result<String, WeightError> {
    let tensor = |part: &str| format!("{}{}{block}.{part}", names.base, names.block);
    let name = |part: &str| format!("block {} {part}", block + 1);
    let (t, d, heads) = (sizes.tokens, sizes.width, sizes.heads);
    let y = layer_norm(g, &name("norm 1"), x, &tensor(names.norms[0]), sizes)?;
    let mut parts = Vec::new();
    for (part, what) in ["queries", "keys", "values"].into_iter().enumerate() {
        let [w, b] = match names.attention {
            Attention::Together([weight, bias]) => {
                let bias = tensor(bias);
                let b = g.has(&bias).then(|| g.third(&bias, part, &[d])).transpose()?;
                [Some(g.third(&tensor(weight), part, &[d, d])?), b]
            }
            Attention::Apart(own) => weights(g, &tensor(own[part]), [d, d])?,
        };
        let made = gemm(g, &name(what), &y, [w, b]);
        let split = reshape(g, &name(&format!("{what} by head")), &made, &[1, t, heads, d / heads]);
        // Keys stand in columns.
        let axes: &[i64] = if part == 1 { &[0, 2, 3, 1] } else { &[0, 2, 1, 3] };
        let turned = name(&format!("{what} of heads"));
        parts.push(g.node(&turned, "Transpose", &[&split], &[Attribute::Ints("perm", axes)]));
    }
    let scores = g.node(&name("scores"), "MatMul", &[&parts[0], &parts[1]], &[]);
    let root = g.given("1/√d", Array::floats(&[], vec![1.0 / ((d / heads) as f32).sqrt()]));
    let scores = g.node(&name("scaled scores"), "Mul", &[&scores, &root], &[]);
    let weights_of = g.node(&name("attention"), "Softmax", &[&scores], &[Attribute::Int("axis", -1)]);
    let mixed = g.node(&name("attention times values"), "MatMul", &[&weights_of, &parts[2]], &[]);
    let turned = Attribute::Ints("perm", &[0, 2, 1, 3]);
    let mixed = g.node(&name("heads side by side"), "Transpose", &[&mixed], &[turned]);
    let mixed = reshape(g, &name("heads in a row"), &mixed, &[t, d]);
    let projection = weights(g, &tensor(names.projection), [d, d])?;
    let y = gemm(g, &name("projection"), &mixed, projection);
    let y = scaled(g, &name("attention, scaled"), y, &tensor(names.scales[0]), d)?;
    let x = g.node(&name("add attention"), "Add", &[x, &y], &[]);

    let y = layer_norm(g, &name("norm 2"), &x, &tensor(names.norms[1]), sizes)?;
    let [first, second] = names.perceptron;
    let [inner, outer] =
        (if g.has(&format!("{}.weight", tensor(first[0]))) { first } else { second }).map(tensor);
    let wide = g.shape(&format!("{inner}.weight"))?.first().copied().unwrap_or(0);
    let (inner, outer) = (weights(g, &inner, [wide, d])?, weights(g, &outer, [d, wide])?);
    let y = gemm(g, &name("perceptron, inside"), &y, inner);
    let y = g.node(&name("GELU"), "Gelu", &[&y], &[]);
    let y = gemm(g, &name("perceptron, output"), &y, outer);
    let y = scaled(g, &name("perceptron, scaled"), y, &tensor(names.scales[1]), d)?;
    Ok(g.node(&name("add perceptron"), "Add", &[&x, &y], &[]))
}

/// The dense layer on the class token; of two tokens, the mean of what one layer each makes. Without such a layer the tokens
/// are the end.
fn classify(
    g: &mut Graph<'_>,
    names: &Names,
    x: &str,
    tokens: usize,
    width: usize,
) -> Result<(), WeightError> {
    let is_there =
        |heads: &&&[&str]| heads.len() <= tokens && heads.iter().all(|head| g.has(&format!("{head}.weight")));
    let Some(heads) = names.heads.iter().find(is_there) else { return Ok(()) };
    let mut rows = Vec::new();
    for (token, head) in heads.iter().enumerate() {
        let what = if token == 0 { "class token" } else { "distillation token" };
        let at = g.given(&format!("place of the {what}"), Array::ints(Elem::I64, &[1], vec![token as i64]));
        let row = g.node(what, "Gather", &[x, &at], &[Attribute::Int("axis", 0)]);
        let classes = g.shape(&format!("{head}.weight"))?.first().copied().unwrap_or(0);
        let dense = weights(g, head, [classes, width])?;
        let name = if token == 0 { "classifier" } else { "classifier of the distillation token" };
        rows.push(gemm(g, name, &row, dense));
    }
    let mut logits = rows.remove(0);
    for other in rows {
        let sum = g.node("sum of both classifiers", "Add", &[&logits, &other], &[]);
        let half = g.given("1/2", Array::floats(&[], vec![0.5]));
        logits = g.node("mean of both classifiers", "Mul", &[&sum, &half], &[]);
    }
    g.node("probabilities", "Softmax", &[&logits], &[Attribute::Int("axis", -1)]);
    Ok(())
}

fn layer_norm(
    g: &mut Graph<'_>,
    name: &str,
    x: &str,
    tensor: &str,
    sizes: &Sizes,
) -> Result<String, WeightError> {
    let gain = g.shaped(&format!("{tensor}.weight"), &[sizes.width])?;
    let shift = g.shaped(&format!("{tensor}.bias"), &[sizes.width])?;
    let attributes = [Attribute::Int("axis", -1), Attribute::Float("epsilon", sizes.epsilon)];
    Ok(g.node(name, "LayerNormalization", &[x, &gain, &shift], &attributes))
}

/// The weights `[outputs, inputs]` of a dense layer, and its bias where it has one.
fn weights(g: &mut Graph<'_>, tensor: &str, shape: [usize; 2]) -> Result<[Option<String>; 2], WeightError> {
    let bias = format!("{tensor}.bias");
    let bias = g.has(&bias).then(|| g.shaped(&bias, &shape[..1])).transpose()?;
    Ok([Some(g.shaped(&format!("{tensor}.weight"), &shape)?), bias])
}

/// `x W^T + b`.
fn gemm(g: &mut Graph<'_>, name: &str, x: &str, weights: [Option<String>; 2]) -> String {
    let reads: Vec<&str> = std::iter::once(x).chain(weights.iter().flatten().map(String::as_str)).collect();
    g.node(name, "Gemm", &reads, &[Attribute::Int("transB", 1)])
}

/// A branch times its learned numbers, where there are any.
fn scaled(
    g: &mut Graph<'_>,
    name: &str,
    y: String,
    tensor: &str,
    width: usize,
) -> Result<String, WeightError> {
    if !g.has(tensor) {
        return Ok(y);
    }
    let scale = g.shaped(tensor, &[width])?;
    Ok(g.node(name, "Mul", &[&y, &scale], &[]))
}

fn reshape(g: &mut Graph<'_>, name: &str, x: &str, shape: &[usize]) -> String {
    let lengths: Vec<i64> = shape.iter().map(|&n| n as i64).collect();
    let lengths = g.given(&format!("shape of {name}"), Array::ints(Elem::I64, &[shape.len()], lengths));
    g.node(name, "Reshape", &[x, &lengths], &[])
}
