//! Kalman filter of one coordinate that moves at a nearly constant velocity.

/// Deviation from the prediction above which the velocity is taken to have changed: three standard
/// deviations, squared.
const SURPRISE: f32 = 9.0;
/// Shortest step that says something about a velocity.
const MIN_STEP_S: f32 = 1e-3;

/// How a coordinate moves and how well it is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Noise {
    /// Variance of a measurement, unit².
    pub measured: f32,
    /// Variance of the velocity of something never seen to move, (unit/s)².
    pub velocity: f32,
    /// What the velocity's variance grows by in a second, (unit/s)²/s.
    pub drift: f32,
}

/// Position and velocity of one coordinate, with their covariance. Time is in s.
///
/// Every variance stays at or above 0 whatever is measured: only sums and quotients of numbers that
/// are not negative go into them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    pub position: f32,
    pub velocity: f32,
    position_variance: f32,
    covariance: f32,
    velocity_variance: f32,
}

impl Axis {
    /// Begins at the first measurement, at rest as far as one knows.
    pub fn new(measured: f32, noise: &Noise) -> Self {
        Self {
            position: measured,
            velocity: 0.0,
            position_variance: noise.measured,
            covariance: 0.0,
            velocity_variance: noise.velocity,
        }
    }

    /// Moves on by `dt_s` ≥ 0. Noise: white acceleration.
    pub fn predict(&mut self, dt_s: f32, noise: &Noise) {
        self.position += self.velocity * dt_s;
        let drift = noise.drift * dt_s;
        self.position_variance +=
            dt_s * (2.0 * self.covariance + dt_s * (self.velocity_variance + drift / 3.0));
        self.covariance += dt_s * (self.velocity_variance + drift / 2.0);
        self.velocity_variance += drift;
    }

    /// Takes in a measurement, `dt_s` after the last one.
    ///
    /// One that cannot be noise is a turn: the velocity is then allowed the change that explains it.
    pub fn correct(&mut self, measured: f32, dt_s: f32, noise: &Noise) {
        let innovation = measured - self.position;
        let expected = self.position_variance + noise.measured;
        if innovation * innovation > SURPRISE * expected && dt_s >= MIN_STEP_S {
            let jump = innovation * innovation;
            self.position_variance += jump;
            self.covariance += jump / dt_s;
            self.velocity_variance += jump / (dt_s * dt_s);
        }
        let total = self.position_variance + noise.measured;
        let position_gain = self.position_variance / total;
        let velocity_gain = self.covariance / total;
        self.position += position_gain * innovation;
        self.velocity += velocity_gain * innovation;
        self.position_variance = position_gain * noise.measured;
        self.velocity_variance =
            (self.velocity_variance - velocity_gain * self.covariance).max(0.0);
        self.covariance *= 1.0 - position_gain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOISE: Noise = Noise { measured: 1e-4, velocity: 1.0, drift: 1e-2 };

    #[test]
    fn two_measurements_give_the_velocity_and_more_sharpen_it() {
        let mut axis = Axis::new(0.2, &NOISE);
        for step in 1..6 {
            axis.predict(0.1, &NOISE);
            axis.correct(0.2 + 0.03 * step as f32, 0.1, &NOISE);
            let error = (axis.velocity - 0.3).abs();
            assert!(error < if step == 1 { 0.01 } else { 0.002 }, "{error} after {step}");
        }
        axis.predict(0.25, &NOISE);
        assert!((axis.position - (0.35 + 0.075)).abs() < 1e-3);
    }

    #[test]
    fn one_long_step_is_two_short_ones() {
        let mut axis = Axis::new(0.5, &NOISE);
        axis.predict(0.1, &NOISE);
        axis.correct(0.52, 0.1, &NOISE);
        let (mut once, mut twice) = (axis, axis);
        once.predict(0.3, &NOISE);
        twice.predict(0.1, &NOISE);
        twice.predict(0.2, &NOISE);
        let numbers = |axis: &Axis| {
            let Axis { position, velocity, position_variance, covariance, velocity_variance } =
                axis;
            [*position, *velocity, *position_variance, *covariance, *velocity_variance]
        };
        for (a, b) in numbers(&once).into_iter().zip(numbers(&twice)) {
            assert!((a - b).abs() <= 1e-5 * a.abs(), "{once:?} {twice:?}");
        }
    }

    #[test]
    fn it_is_as_sure_as_it_is_right() {
        // White acceleration and noise as the filter supposes: its own variance is then the error's.
        let mut state = 1u32;
        let mut normal = || {
            let mut share = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 24) as f32
            };
            (0..12).map(|_| share()).sum::<f32>() - 6.0
        };
        let (mut total, mut steps) = (0.0, 0.0);
        for _ in 0..200 {
            let (mut position, mut velocity) = (0.0, normal() * NOISE.velocity.sqrt());
            let mut axis = Axis::new(normal() * NOISE.measured.sqrt(), &NOISE);
            for _ in 0..20 {
                for _ in 0..10 {
                    velocity += normal() * (NOISE.drift * 0.01).sqrt();
                    position += velocity * 0.01;
                }
                axis.predict(0.1, &NOISE);
                let measured = position + normal() * NOISE.measured.sqrt();
                let innovation = measured - axis.position;
                total += innovation * innovation / (axis.position_variance + NOISE.measured);
                steps += 1.0;
                axis.correct(measured, 0.1, &NOISE);
            }
        }
        // The mean of 4000 squared normals is 1 ± 0.07 in 99.8 of 100 cases.
        assert!((total / steps - 1.0f32).abs() < 0.07, "{}", total / steps);
    }

    #[test]
    fn a_turn_is_followed_within_three_steps() {
        let mut axis = Axis::new(0.0, &NOISE);
        let at = |step: i32| 0.05 * if step < 10 { step } else { 20 - step } as f32;
        for step in 1..14 {
            axis.predict(0.1, &NOISE);
            axis.correct(at(step), 0.1, &NOISE);
        }
        assert!((axis.velocity + 0.5).abs() < 0.05, "{}", axis.velocity);
    }

    #[test]
    fn frames_of_one_time_say_nothing_about_velocity() {
        let mut axis = Axis::new(0.0, &NOISE);
        for step in 0..100 {
            axis.predict(0.0, &NOISE);
            axis.correct((step % 2) as f32, 0.0, &NOISE);
        }
        assert_eq!(axis.velocity, 0.0);
    }
}
