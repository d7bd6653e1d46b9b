import fc from 'fast-check';

// A run can be repeated: the same histories each time, other ones with PIERHEAD_TEST_SEED=$RANDOM.
fc.configureGlobal({ seed: Number(process.env.PIERHEAD_TEST_SEED ?? 20_261) });
