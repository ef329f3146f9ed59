-- Tenants

-- name: tenant_number
SELECT k FROM tenant WHERE tenant_id = ?1

-- name: add_tenant
INSERT INTO tenant (tenant_id) VALUES (?1) RETURNING k
