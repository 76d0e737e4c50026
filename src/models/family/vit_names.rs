//! What the libraries call the tensors of a vision transformer.

/// The names of one library.
pub(super) struct Names {
    /// What stands before all but the heads.
    pub base: &'static str,
    pub patches: &'static str,
    pub class_token: &'static str,
    pub distillation_token: &'static str,
    pub positions: &'static str,
    /// What stands before a block's number.
    pub block: &'static str,
    pub norms: [&'static str; 2],
    pub attention: Attention,
    pub projection: &'static str,
    /// Numbers that the branches are multiplied by, where there are any.
    pub scales: [&'static str; 2],
    /// The two layers of the perceptron; the first pair that is there.
    pub perceptron: [[&'static str; 2]; 2],
    pub norm: &'static str,
    /// A dense layer on the class token, or one on each of both tokens; the first that is there.
    pub heads: [&'static [&'static str]; 2],
    /// Added to variances where no configuration says it.
    pub epsilon: f32,
    /// Whether its weights were mostly trained on pictures from −1 to 1, and not with ImageNet's mean and spread.
    pub to_one: bool,
    /// Share of a picture's shorter side that is kept.
    pub crop: f32,
}

/// Queries, keys and values.
pub(super) enum Attention {
    /// One below the other: weights and bias.
    Together([&'static str; 2]),
    /// Each by itself.
    Apart([&'static str; 3]),
}

pub(super) const TIMM: Names = Names {
    base: "",
    patches: "patch_embed.proj",
    class_token: "cls_token",
    distillation_token: "dist_token",
    positions: "pos_embed",
    block: "blocks.",
    norms: ["norm1", "norm2"],
    attention: Attention::Together(["attn.qkv.weight", "attn.qkv.bias"]),
    projection: "attn.proj",
    scales: ["ls1.gamma", "ls2.gamma"],
    perceptron: [["mlp.fc1", "mlp.fc2"]; 2],
    norm: "norm",
    heads: [&["head", "head_dist"], &["head"]],
    epsilon: 1e-6,
    to_one: true,
    crop: 0.9,
};

pub(super) const TORCHVISION: Names = Names {
    base: "",
    patches: "conv_proj",
    class_token: "class_token",
    distillation_token: "distillation_token",
    positions: "encoder.pos_embedding",
    block: "encoder.layers.encoder_layer_",
    norms: ["ln_1", "ln_2"],
    attention: Attention::Together(["self_attention.in_proj_weight", "self_attention.in_proj_bias"]),
    projection: "self_attention.out_proj",
    scales: ["layer_scale_1", "layer_scale_2"],
    perceptron: [["mlp.linear_1", "mlp.linear_2"], ["mlp.0", "mlp.3"]],
    norm: "encoder.ln",
    heads: [&["heads.head"]; 2],
    epsilon: 1e-6,
    to_one: false,
    crop: 0.875,
};

pub(super) const HUGGING_FACE: Names = Names {
    base: "",
    patches: "embeddings.patch_embeddings.projection",
    class_token: "embeddings.cls_token",
    distillation_token: "embeddings.distillation_token",
    positions: "embeddings.position_embeddings",
    block: "encoder.layer.",
    norms: ["layernorm_before", "layernorm_after"],
    attention: Attention::Apart([
        "attention.attention.query",
        "attention.attention.key",
        "attention.attention.value",
    ]),
    projection: "attention.output.dense",
    scales: ["layer_scale1.lambda1", "layer_scale2.lambda1"],
    perceptron: [["intermediate.dense", "output.dense"]; 2],
    norm: "layernorm",
    heads: [&["cls_classifier", "distillation_classifier"], &["classifier"]],
    epsilon: 1e-12,
    to_one: true,
    crop: 1.0,
};

pub(super) const HUGGING_FACE_VIT: Names = Names { base: "vit.", ..HUGGING_FACE };
pub(super) const HUGGING_FACE_DEIT: Names = Names { base: "deit.", to_one: false, ..HUGGING_FACE };
