//! One test a page, so that a failure names its page and all cores work. The pages stand here once more,
//! since a macro cannot read the registry; a test holds both together.

use glassbox::exhibits::{TOPICS, Topic};

/// Hands `then!` its arguments and the name of every topic.
macro_rules! topics {
    ($then:ident $($arguments:tt)*) => {
        $then! {
            [$($arguments)*]
            attention_mechanisms
            positional_encoding
            convolution_types
            output_size
            twelve_by_twelve
            valid_vs_same
            zero_padding
            stride
            does_size_always_reduce
            one_d_vs_two_d
            parameter_sharing
            why_pooling
            pooling_types
            pooling_hyperparameters
            flatten
            fully_connected
            feature_learning_vs_classification
            three_conv_layers
            relu_in_cnn
            backpropagation
            loss_functions
            zero_init
            random_init
            vanishing_gradients
            exploding_gradients
            sigmoid_vs_softmax
            cross_entropy_labels
            choosing_architecture
            layers_and_neurons
            dropout
            batchnorm_vs_dropout
            residual_learning
            transfer_learning
            dimensionality_reduction
        }
    };
}

/// `topics!(each sweeps moves_every_knob)` makes the tests `sweeps::stride`, `sweeps::dropout` and so on, which
/// hand their topic to `moves_every_knob`.
macro_rules! each {
    ([$module:ident $check:ident] $($topic:ident)*) => {
        mod $module {
            $(#[test]
            fn $topic() {
                super::$check(crate::topics::of(stringify!($topic)));
            })*
        }
    };
}

macro_rules! names {
    ([] $($topic:ident)*) => { &[$(stringify!($topic)),*] };
}

/// The topic whose tests are called so.
pub fn of(test: &str) -> &'static Topic {
    let slug = test.replace('_', "-");
    TOPICS.iter().find(|topic| topic.slug == slug).unwrap_or_else(|| panic!("{slug} is no topic any more"))
}

#[test]
fn every_topic_has_its_tests() {
    let names: &[&str] = topics!(names);
    let slugs: Vec<String> = TOPICS.iter().map(|topic| topic.slug.replace('-', "_")).collect();
    assert_eq!(names, slugs, "give each topic its word in `topics!`");
}
