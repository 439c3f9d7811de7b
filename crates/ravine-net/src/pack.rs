//! How a picture enters a network and leaves it: planar pictures and dense pixels meet here.

use crate::network::Network;
use crate::shape::Shape;
use ravine_image::Image;
use ravine_optim::number::Float;
use ravine_optim::{Error, Result};

/// The shape in which pictures of shape `pictures` enter `network`: with one channel more, for σ, where it wants to be told.
pub(crate) fn entrance<F: Float>(network: &Network<F>, pictures: Shape) -> Result<Shape> {
    let told = pictures.with_channels(pictures.channels + 1);
    let (at, shapes) = match network.shapes(pictures) {
        Ok(shapes) => (pictures, shapes),
        Err(error) => (told, network.shapes(told).map_err(|_| error)?),
    };
    match shapes.last() {
        Some(output) if *output != pictures => {
            Err(Error::Unsuited(format!("the network makes values of shape {output} of pictures of shape {pictures}")))
        }
        _ => Ok(at),
    }
}

/// A planar picture as dense pixels, and σ behind the channels of each where there is room for it.
pub(crate) fn pack<F: Float>(picture: &Image, sigma: f32, pixels: &mut [F]) {
    let width = pixels.len() / picture.grid().plane();
    for c in 0..width {
        let place = pixels.iter_mut().skip(c).step_by(width);
        match c < picture.grid().channels {
            true => place.zip(picture.plane(c)).for_each(|(to, from)| *to = F::from_f64(f64::from(*from))),
            false => place.for_each(|to| *to = F::from_f64(f64::from(sigma))),
        }
    }
}
