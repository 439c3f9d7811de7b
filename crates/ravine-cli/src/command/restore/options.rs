//! The options that say how a picture is restored: a recipe, and what the command line says over it.

use crate::args::{named, setting};
use crate::exit::Result;
use clap::Args;
use ravine::optim::parameter::Setting;
use ravine::recipe::{Restoration, Span, Target, Trained, Window};
use ravine::{Auto, Named, Recipe};
use std::path::PathBuf;

/// How a picture is restored.
#[derive(Debug, Args)]
pub(crate) struct Asking {
    /// The energy to minimise, or network (`ravine list methods`); auto takes a network, tv or nothing, whatever is estimated to come
    /// closest to the clean picture [default: auto]
    #[arg(long, value_name = "auto|NAME")]
    method: Option<Auto<String>>,
    /// The model of the method network: one inside the program (`ravine list models`), a file that `ravine train` wrote, or a DnCNN
    /// with the names of PyTorch (safetensors) [default: the one inside the program that suits the picture]
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<String>,
    /// Rows and columns of the tiles in which a network works; fewer take less memory [default: 512]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    tile: Option<usize>,
    /// A knob of the method, such as delta=0.02
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set_method: Vec<(String, Setting)>,
    /// The standard deviation of the noise in 8-bit grey levels [default: auto]
    #[arg(long, value_name = "auto|N", allow_negative_numbers = true)]
    sigma: Option<Auto<f64>>,
    /// The weight of the data term: larger stays closer to the input [default: auto]
    #[arg(long, value_name = "auto|X", allow_negative_numbers = true)]
    lambda: Option<Auto<f64>>,
    /// Stop at this relative duality gap, instead of at a distance bound of 0.5 grey levels
    #[arg(long, value_name = "G", conflicts_with = "distance", allow_negative_numbers = true)]
    gap: Option<f64>,
    /// Stop at this bound on the root mean square distance to the exact minimiser, in grey levels [default: 0.5]
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    distance: Option<f64>,
    /// At most so many iterations [default: 10000]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_iterations: Option<u64>,
    /// At most so many seconds a picture
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    time_limit: Option<f64>,
    /// Who minimises the energy (`ravine list solvers`) [default: auto]
    #[arg(long, value_name = "auto|NAME", conflicts_with = "rule")]
    solver: Option<Auto<String>>,
    /// Minimise by this update rule (`ravine list rules`): the same descent as on a surface, on the pixels
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// A knob of the rule, such as eta=0.01; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting, requires = "rule")]
    set: Vec<(String, Setting)>,
    /// The values the result may have; auto is 0,1 for integer formats and none for float formats [default: auto]
    #[arg(long, value_name = "auto|none|LOW,HIGH", allow_hyphen_values = true)]
    range: Option<Auto<Span>>,
    /// Restore this piece only, to try it
    #[arg(long, value_name = "X,Y,WIDTH,HEIGHT")]
    crop: Option<Window>,
    /// Blend with the input: 0 is the input, 1 the restored picture [default: 1]
    #[arg(long, value_name = "0..1", allow_negative_numbers = true)]
    strength: Option<f64>,
    /// The seed of every random choice [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Take what is not given here from this recipe: TOML, JSON, or a picture that was restored
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,
}

impl Asking {
    /// What is asked: the recipe's, and what the command line says over it.
    pub(crate) fn asked(&self) -> Result<Restoration> {
        let mut asked = match &self.recipe {
            None => Restoration::default(),
            Some(file) => match crate::recipes::read(file)? {
                Recipe::Restore(asked) => asked,
                other => return Err(crate::recipes::of_another_command(file, &other)),
            },
        };
        asked.method = self.method.clone().unwrap_or(asked.method);
        if let Some(model) = &self.model {
            asked.model = Some(Trained::find(model)?);
        }
        asked.tile = self.tile.or(asked.tile);
        asked.set_method.extend(self.set_method.iter().cloned());
        asked.sigma = self.sigma.unwrap_or(asked.sigma);
        asked.lambda = self.lambda.unwrap_or(asked.lambda);
        asked.until = self.gap.map(Target::Gap).or(self.distance.map(Target::Distance)).or(asked.until);
        asked.max_iterations = self.max_iterations.or(asked.max_iterations);
        asked.time_limit = self.time_limit.or(asked.time_limit);
        if let Some(solver) = &self.solver {
            asked.solver = solver.clone();
            asked.rule = None;
        }
        if self.rule.is_some() {
            named(asked.rule.get_or_insert_with(Named::default), &self.rule, &self.set);
            asked.solver = Auto::Auto;
        }
        asked.range = self.range.unwrap_or(asked.range);
        asked.crop = self.crop.or(asked.crop);
        asked.strength = self.strength.or(asked.strength);
        asked.seed = self.seed.or(asked.seed);
        Ok(asked)
    }
}
