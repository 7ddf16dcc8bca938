/** The OpenCL backend, through JOCL. */
module org.openmoshi.kernels.cl {
    requires transitive org.openmoshi.tensor;
    requires jocl;
    requires static transitive org.jspecify;

    exports org.openmoshi.kernels.cl;

    provides org.openmoshi.tensor.BackendProvider with
            org.openmoshi.kernels.cl.OpenClProvider;
}
