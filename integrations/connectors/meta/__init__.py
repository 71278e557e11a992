"""Facebook and Instagram shops: catalogue and stock out; orders come through the merchant own store."""
