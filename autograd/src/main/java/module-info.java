/** The tape, gradient rules, optimizers and the gradient check. */
module org.openmoshi.autograd {
    requires transitive org.openmoshi.tensor;

    exports org.openmoshi.autograd;
    exports org.openmoshi.autograd.optim;
}
