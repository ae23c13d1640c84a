"""Training recipe of peerlens-nano: views, teachers, network, training, evaluation, export."""
