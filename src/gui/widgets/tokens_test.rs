//! That text can be read, and that marks of two points can be told apart, whatever eyes look at them.

use eframe::egui::Color32;

use super::tokens::{DARK, LIGHT, Palette};
use crate::model::State;
use crate::model::category::Group;

type Triple = [f64; 3];

/// sRGB to linear light (IEC 61966-2-1).
fn linear(colour: Color32) -> Triple {
    [colour.r(), colour.g(), colour.b()].map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

fn times(matrix: &[Triple; 3], v: Triple) -> Triple {
    [0, 1, 2].map(|row: usize| matrix[row][0] * v[0] + matrix[row][1] * v[1] + matrix[row][2] * v[2])
}

const XYZ: [Triple; 3] =
    [[0.412_456_4, 0.357_576_1, 0.180_437_5], [0.212_672_9, 0.715_152_2, 0.072_175], [0.019_333_9, 0.119_192, 0.950_304_1]];

/// Colour-vision deficiencies at full severity, on linear light: protan, deutan, tritan (Machado, Oliveira, Fernandes 2009).
const EYES: [[Triple; 3]; 3] = [
    [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_82, 0.042_94, 0.968_881]],
    [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_9]],
];

/// CIE L*a*b* under the white of sRGB.
fn lab(linear: Triple) -> Triple {
    let (xyz, white) = (times(&XYZ, linear), times(&XYZ, [1.0; 3]));
    let [x, y, z] = [0, 1, 2].map(|index: usize| {
        let share = xyz[index] / white[index];
        if share > 216.0 / 24_389.0 { share.cbrt() } else { (24_389.0 / 27.0 * share + 16.0) / 116.0 }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIEDE2000, in the steps of Sharma, Wu and Dalal (2005).
fn difference(one: Triple, other: Triple) -> f64 {
    let [l1, a1, b1] = one;
    let [l2, a2, b2] = other;
    let seventh = |chroma: f64| (chroma.powi(7) / (chroma.powi(7) + 25f64.powi(7))).sqrt();
    let stretch = 1.5 - 0.5 * seventh((a1.hypot(b1) + a2.hypot(b2)) / 2.0);
    let (a1, a2) = (a1 * stretch, a2 * stretch);
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| b.atan2(a).to_degrees().rem_euclid(360.0);
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let grey = c1 * c2 == 0.0;
    let turn = if grey { 0.0 } else { (h2 - h1 + 180.0).rem_euclid(360.0) - 180.0 };
    let delta_hue = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0);
    let h = if grey { h1 + h2 } else { (h1 + turn / 2.0).rem_euclid(360.0) };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0) - 0.2 * cos(4.0 * h - 63.0);
    let lightness = (l2 - l1) / (1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt());
    let chroma = (c2 - c1) / (1.0 + 0.045 * c);
    let hue = delta_hue / (1.0 + 0.015 * c * t);
    let rotation = -2.0 * seventh(c) * (60.0 * (-((h - 275.0) / 25.0).powi(2)).exp()).to_radians().sin();
    (lightness.powi(2) + chroma.powi(2) + hue.powi(2) + rotation * chroma * hue).sqrt()
}

fn contrast(one: Color32, other: Color32) -> f64 {
    let luminance = |colour| times(&XYZ, linear(colour))[1];
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn grounds(palette: &Palette) -> [Color32; 3] {
    [palette.background, palette.panel, palette.raised]
}

/// All that is drawn as a mark in lanes, by name.
fn marks(palette: &Palette) -> Vec<(&'static str, Color32)> {
    let groups = Group::ALL.iter().map(|group| (group.word(), palette.group(*group)));
    groups.chain([("refused", palette.refused()), ("broken", palette.state(State::Broken))]).collect()
}

#[test]
fn text_can_be_read() {
    for palette in [DARK, LIGHT] {
        for ground in grounds(&palette) {
            assert!(contrast(palette.text, ground) > 7.0);
            for colour in [palette.dim, palette.refused(), palette.state(State::Broken)] {
                assert!(contrast(colour, ground) > 4.5, "{colour:?} on {ground:?}");
            }
            assert!(contrast(palette.faint, ground) > 3.0, "{:?} on {ground:?}", palette.faint);
        }
        assert!(contrast(palette.on_accent, palette.accent) > 4.5);
    }
}

/// WCAG 2.2, 1.4.11: graphics need a contrast of 3 to 1.
#[test]
fn marks_stand_out_from_the_ground() {
    for palette in [DARK, LIGHT] {
        for (name, colour) in marks(&palette) {
            for ground in grounds(&palette) {
                assert!(contrast(colour, ground) >= 3.0, "{name}: {:.2} on {ground:?}", contrast(colour, ground));
            }
        }
    }
}

/// A difference of about 2 is just visible side by side; thin marks apart from each other need several times that.
#[test]
fn marks_are_told_apart_by_all_eyes() {
    for palette in [DARK, LIGHT] {
        let marks = marks(&palette);
        for (place, (name, colour)) in marks.iter().enumerate() {
            for (other_name, other) in &marks[place + 1..] {
                let seen = difference(lab(linear(*colour)), lab(linear(*other)));
                assert!(seen > 15.0, "{name} and {other_name}: {seen:.1}");
                for (eye, matrix) in ["protan", "deutan", "tritan"].iter().zip(&EYES) {
                    let through = |colour: Color32| lab(times(matrix, linear(colour)).map(|value| value.clamp(0.0, 1.0)));
                    let seen = difference(through(*colour), through(*other));
                    assert!(seen > 6.5, "{name} and {other_name}, {eye}: {seen:.1}");
                }
            }
        }
    }
}

/// The difference is computed rightly: pairs of the test data of Sharma, Wu and Dalal.
#[test]
fn differences_are_as_published() {
    for (one, other, expected) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, -1.0, 2.0], [50.0, 0.0, 0.0], 2.3669),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082),
    ] {
        assert!((difference(one, other) - expected).abs() < 1e-4, "{one:?} {other:?}: {}", difference(one, other));
    }
}
