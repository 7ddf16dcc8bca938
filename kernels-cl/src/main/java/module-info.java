/** The OpenCL backend, through JOCL, found as a service. */
module org.openmoshi.kernels.cl {
    requires transitive org.openmoshi.tensor;
    requires jocl;
    requires static org.jspecify;

    provides org.openmoshi.tensor.BackendProvider with
            org.openmoshi.kernels.cl.OpenClProvider;
}
