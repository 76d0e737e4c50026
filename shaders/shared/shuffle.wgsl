// A permutation of n numbers without a table: a Feistel network over the bits that hold n, walked
// until it falls below n. The Rust twin is ops/batch.rs.

fn shuffle_mix(value: u32) -> u32 {
    var x = value;
    x = (x ^ (x >> 16u)) * 0x85ebca6bu;
    x = (x ^ (x >> 13u)) * 0xc2b2ae35u;
    return x ^ (x >> 16u);
}

fn shuffle(at: u32, n: u32, seed: u32, epoch: u32) -> u32 {
    let bits = 32u - countLeadingZeros(max(n, 2u) - 1u);
    let half_bits = (bits + 1u) / 2u;
    let mask = (1u << half_bits) - 1u;
    var value = at;
    // On average fewer than four walks; the bound only keeps a broken adapter from hanging.
    for (var walk = 0u; walk < 1024u; walk++) {
        var left = value >> half_bits;
        var right = value & mask;
        for (var round = 0u; round < 4u; round++) {
            let key = seed ^ (epoch * 0x9e3779b9u) ^ (round * 0x85ebca6bu);
            let next = left ^ (shuffle_mix(right ^ key) & mask);
            left = right;
            right = next;
        }
        value = (left << half_bits) | right;
        if value < n {
            break;
        }
    }
    return value;
}

// The sample at place i of a step.
fn drawn_sample(step: u32, i: u32, batch: u32, n: u32, shuffled: u32, seed: u32) -> u32 {
    let place = step * batch + i;
    if shuffled == 0u {
        return place % n;
    }
    return shuffle(place % n, n, seed, place / n);
}
