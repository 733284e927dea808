//! The seeds that every template is proved on.

use itemsmith_domain::Seed;

/// How many seeds are proved when a request names none.
pub const DEFAULT_COUNT: usize = 32;

/// Most seeds of one proof; more requested ones are left out.
pub const MAX_COUNT: usize = 256;

/// Where integers change their width: 0, 1, 2^31, 2^32 - 1, 2^32, 2^63, 2^64 - 1, the largest.
const EDGES: [&str; 8] = [
    "0",
    "1",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775808",
    "18446744073709551615",
    "99999999999999999999",
];

/// The seeds asked for, then the edges, then others until there are [`DEFAULT_COUNT`]; each once.
#[must_use]
pub fn proof_seeds(requested: &[Seed]) -> Vec<Seed> {
    let mut seeds: Vec<Seed> = Vec::with_capacity(DEFAULT_COUNT);
    let mut add = |seed: Seed, limit: usize| {
        if seeds.len() < limit && !seeds.contains(&seed) {
            seeds.push(seed);
        }
    };
    let edges = EDGES.iter().filter_map(|text| text.parse().ok());
    for seed in requested
        .iter()
        .copied()
        .take(MAX_COUNT - EDGES.len())
        .chain(edges)
    {
        add(seed, MAX_COUNT);
    }
    // Small ones, as people choose them, and a walk by the golden ratio that spreads over 64 bits.
    for seed in 2..=9 {
        add(Seed::from_u64(seed), DEFAULT_COUNT);
    }
    for step in 1..=DEFAULT_COUNT as u64 {
        add(
            Seed::from_u64(step.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            DEFAULT_COUNT,
        );
    }
    seeds
}

#[cfg(test)]
mod tests {
    use itemsmith_domain::Seed;

    use super::{DEFAULT_COUNT, EDGES, MAX_COUNT, proof_seeds};

    #[test]
    fn edges_are_always_among_thirty_two_distinct_seeds() {
        for requested in [
            vec![],
            vec![Seed::from_u64(1)],
            vec![Seed::from_u64(77), Seed::MAX],
        ] {
            let seeds = proof_seeds(&requested);
            assert_eq!(seeds.len(), DEFAULT_COUNT);
            assert_eq!(seeds[..requested.len()], requested);
            for edge in EDGES {
                assert!(seeds.contains(&edge.parse().expect("a seed")), "{edge}");
            }
            let mut sorted = seeds.clone();
            sorted.sort();
            sorted.dedup();
            assert_eq!(sorted.len(), seeds.len());
        }
        let many: Vec<Seed> = (0..1000).map(Seed::from_u64).collect();
        assert!(proof_seeds(&many).len() <= MAX_COUNT);
        assert!(proof_seeds(&many).contains(&Seed::MAX));
    }
}
