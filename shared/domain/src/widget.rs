//! Widget types: which names exist, and which the default contract pack describes.

use serde::{Deserialize, Serialize};

/// The widget types that the default contract pack gives exact declarations for; the other known
/// ones are typed loosely. Kept equal to the pack's manifest.
pub const DESCRIBED: &[&str] = &[
    "dotPlot",
    "numberLine",
    "barChart",
    "dataTable",
    "fractionModelDiagram",
    "partitionedShape",
];

/// Every widget type that a player can draw.
pub const KNOWN: [&str; 97] = [
    "threeDIntersectionDiagram",
    "quadrantDiagram",
    "clockDiagram",
    "angleDiagram",
    "angleTypeDiagram",
    "circleAngleDiagram",
    "areaModelMultiplication",
    "areaGraph",
    "barChart",
    "boxGrid",
    "boxPlot",
    "circleDiagram",
    "fractionModelDiagram",
    "fractionMultiplicationModel",
    "compositeShapeDiagram",
    "conceptualGraph",
    "coordinatePlane",
    "divergentBarChart",
    "functionPlotGraph",
    "lineEquationGraph",
    "pointPlotGraph",
    "populationChangeEventGraph",
    "polygonGraph",
    "protractorAngleDiagram",
    "radiallyConstrainedAngleDiagram",
    "shapeTransformationGraph",
    "discreteObjectRatioDiagram",
    "dotPlot",
    "doubleNumberLine",
    "populationBarChart",
    "emojiImage",
    "figureComparisonDiagram",
    "fractionSumDiagram",
    "geometricPrimitiveDiagram",
    "geometricSolidDiagram",
    "hangerDiagram",
    "histogram",
    "nPolygon",
    "patternDiagram",
    "inequalityNumberLine",
    "keelingCurve",
    "lineGraph",
    "numberLine",
    "numberLineWithAction",
    "numberLineWithFractionGroups",
    "numberSetDiagram",
    "parabolaGraph",
    "partitionedShape",
    "pentagonIntersectionDiagram",
    "pictograph",
    "integerChipModel",
    "integerChipLegend",
    "polyhedronDiagram",
    "probabilitySpinner",
    "polyhedronNetDiagram",
    "pythagoreanProofDiagram",
    "quantityFractionalDiagram",
    "ratioBoxDiagram",
    "rectangularFrameDiagram",
    "scaleCopiesSlider",
    "simpleArrow",
    "sinCosineWidget",
    "scatterPlot",
    "stackedItemsDiagram",
    "tapeDiagram",
    "transformationDiagram",
    "transversalAngleDiagram",
    "treeDiagram",
    "triangleDiagram",
    "unitBlockDiagram",
    "periodicTable",
    "urlImage",
    "vennDiagram",
    "verticalArithmeticSetup",
    "vectorDiagram",
    "parallelogramTrapezoidDiagram",
    "pieChart",
    "fractionFrequencyPlot",
    "freeBodyDiagram",
    "divisionAreaDiagram",
    "divisionModelDiagram",
    "factorizationDiagram",
    "equivalentFractionModel",
    "subtractionWithRegrouping",
    "additionWithRegrouping",
    "wheelDiagram",
    "labeledRectangleDiagram",
    "customPolygonDiagram",
    "lineDiagram",
    "pesSpectrum",
    "stickPlot",
    "video",
    "marbleDiagram",
    "symmetryDiagram",
    "stemLeafPlot",
    "dataTable",
    "decoratedNumber",
];

/// Something about an accepted item that its author should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// Stable name: `undescribed_widget`.
    pub code: String,
    /// For people.
    pub message: String,
}

/// Whether a player can draw `name`.
#[must_use]
pub fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// Whether the default contract pack declares the fields of `name`.
#[must_use]
pub fn is_described(name: &str) -> bool {
    DESCRIBED.contains(&name)
}

/// One warning per widget type that the contract pack types only loosely.
#[must_use]
pub fn warnings<S: AsRef<str>>(types: &[S]) -> Vec<Warning> {
    let loose = types
        .iter()
        .map(AsRef::as_ref)
        .filter(|name| !is_described(name));
    loose
        .map(|name| Warning {
            code: "undescribed_widget".to_owned(),
            message: format!(
                "the contract pack does not describe the fields of {name}: its widgets are typed \
                 loosely, so a template's mistakes in them are not found"
            ),
        })
        .collect()
}

/// The known name nearest to a misspelt one: the same letters in another case, or one edit away.
#[must_use]
pub fn suggestion(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let same = KNOWN
        .iter()
        .find(|known| known.to_ascii_lowercase() == lower);
    same.or_else(|| KNOWN.iter().find(|known| one_edit_apart(known, name)))
        .copied()
}

fn one_edit_apart(a: &str, b: &str) -> bool {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let (long, short) = (long.as_bytes(), short.as_bytes());
    let head = long.iter().zip(short).take_while(|(x, y)| x == y).count();
    let tail = long
        .iter()
        .rev()
        .zip(short.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    head + tail + 1 >= long.len()
}

#[cfg(test)]
mod tests {
    use super::{DESCRIBED, KNOWN, is_known, suggestion, warnings};

    #[test]
    fn every_described_type_is_known_and_names_are_distinct() {
        assert!(DESCRIBED.iter().all(|name| is_known(name)));
        let mut sorted = KNOWN.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), KNOWN.len());
    }

    #[test]
    fn only_undescribed_types_warn() {
        assert!(warnings(&["dotPlot"]).is_empty());
        let found = warnings(&["vennDiagram"]);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("vennDiagram"));
    }

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        assert_eq!(suggestion("dotplot"), Some("dotPlot"));
        assert_eq!(suggestion("dotPlt"), Some("dotPlot"));
        assert_eq!(suggestion("numberLines"), Some("numberLine"));
        assert_eq!(suggestion("rocket"), None);
        assert_eq!(suggestion(""), None);
    }
}
