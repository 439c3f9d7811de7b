//! Dual numbers: f(a + εb) = f(a) + εf′(a)b with ε² = 0 (Clifford 1873), so that code which is generic over its numbers gives its own
//! derivative in a direction, exactly.

use bytemuck::{Pod, Zeroable};
use ravine_net::engine::Element;
use ravine_optim::number::{Float, Lane};
use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// a + εb
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Dual {
    pub(crate) value: f64,
    pub(crate) tangent: f64,
}

pub(crate) fn dual(value: f64, tangent: f64) -> Dual {
    Dual { value, tangent }
}

/// Numbers with directions.
pub(crate) fn duals(values: &[f64], tangents: &[f64]) -> Vec<Dual> {
    values.iter().zip(tangents).map(|(v, t)| dual(*v, *t)).collect()
}

/// The directions alone.
pub(crate) fn tangents(duals: &[Dual]) -> Vec<f64> {
    duals.iter().map(|d| d.tangent).collect()
}

impl PartialEq for Dual {
    fn eq(&self, o: &Dual) -> bool {
        self.value == o.value
    }
}
impl PartialOrd for Dual {
    fn partial_cmp(&self, o: &Dual) -> Option<Ordering> {
        self.value.partial_cmp(&o.value)
    }
}
impl Add for Dual {
    type Output = Dual;
    fn add(self, o: Dual) -> Dual {
        dual(self.value + o.value, self.tangent + o.tangent)
    }
}
impl Sub for Dual {
    type Output = Dual;
    fn sub(self, o: Dual) -> Dual {
        dual(self.value - o.value, self.tangent - o.tangent)
    }
}
impl Mul for Dual {
    type Output = Dual;
    fn mul(self, o: Dual) -> Dual {
        dual(self.value * o.value, self.tangent * o.value + self.value * o.tangent)
    }
}
impl Div for Dual {
    type Output = Dual;
    fn div(self, o: Dual) -> Dual {
        let value = self.value / o.value;
        dual(value, (self.tangent - value * o.tangent) / o.value)
    }
}
impl Neg for Dual {
    type Output = Dual;
    fn neg(self) -> Dual {
        dual(-self.value, -self.tangent)
    }
}
impl Add<f64> for Dual {
    type Output = Dual;
    fn add(self, o: f64) -> Dual {
        dual(self.value + o, self.tangent)
    }
}
impl Mul<f64> for Dual {
    type Output = Dual;
    fn mul(self, o: f64) -> Dual {
        dual(self.value * o, self.tangent * o)
    }
}
impl Div<f64> for Dual {
    type Output = Dual;
    fn div(self, o: f64) -> Dual {
        dual(self.value / o, self.tangent / o)
    }
}
impl AddAssign for Dual {
    fn add_assign(&mut self, o: Dual) {
        *self = *self + o;
    }
}
impl SubAssign for Dual {
    fn sub_assign(&mut self, o: Dual) {
        *self = *self - o;
    }
}
impl MulAssign for Dual {
    fn mul_assign(&mut self, o: Dual) {
        *self = *self * o;
    }
}

impl Float for Dual {
    type L = Dual;
    const ZERO: Dual = Dual { value: 0.0, tangent: 0.0 };
    const ONE: Dual = Dual { value: 1.0, tangent: 0.0 };
    const EPSILON: f64 = f64::EPSILON;
    fn up(self) -> Dual {
        self
    }
    fn down(lane: Dual) -> Dual {
        lane
    }
    fn to_f64(self) -> f64 {
        self.value
    }
    fn from_f64(value: f64) -> Dual {
        dual(value, 0.0)
    }
}

impl Lane for Dual {
    fn zero() -> Dual {
        Dual::ZERO
    }
    fn sqrt(self) -> Dual {
        let root = self.value.sqrt();
        dual(root, self.tangent / (2.0 * root))
    }
    fn abs(self) -> Dual {
        if self.value < 0.0 { -self } else { self }
    }
    fn signum(self) -> Dual {
        dual(f64::down(self.value.up().signum()), 0.0)
    }
    fn min(self, o: Dual) -> Dual {
        if self.value < o.value { self } else { o }
    }
    fn max(self, o: Dual) -> Dual {
        if self.value > o.value { self } else { o }
    }
    fn to_f64(self) -> f64 {
        self.value
    }
}

impl Element for Dual {}
